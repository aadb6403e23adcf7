# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Honest traffic: a function a scene, made of traffic.sh. Each leaves its captures in $lab_dir/*.pcap.
# What lint may say of them stands in `may`, parts of lines of its digest, each with its reason; `linux` has the rules that
# the kernel breaks in this scene; linux-deviations.md shows the packets.
# shellcheck disable=SC2034,SC2119,SC2154 # variables of honest.sh and lab.sh

scene_single4() { all_views && iperf 4 -n 16M; lab_capture_end; }
scene_single6() { all_views && iperf 6 -n 16M; lab_capture_end; }
scene_single_plain() { lab_plain; all_views && iperf 4 -n 4M; lab_capture_end; }

# Two subflows that the client opens; a checksum that one side wants is used by both.
scene_two_csum_client() {
    setting c net.mptcp.checksum_enabled=1
    second_path 4
    all_views && iperf 4 -n 16M
    lab_capture_end
}
scene_two_csum_server6() {
    setting s net.mptcp.checksum_enabled=1
    second_path 6
    all_views && iperf 6 -n 16M -R
    lab_capture_end
}
scene_two_csum_plain() {
    setting s net.mptcp.checksum_enabled=1
    setting c net.mptcp.checksum_enabled=1
    lab_plain
    second_path 4
    all_views && iperf 4 -n 4M
    lab_capture_end
}
scene_two_plain6() { lab_plain; second_path 6; all_views && iperf 6 -n 4M -R; lab_capture_end; }
scene_signal() { endpoint s 10.2.2.2 dev s2 signal; all_views && iperf 4 -n 16M; lab_capture_end; }
scene_fullmesh() {
    endpoint s 10.2.2.2 dev s2 signal
    endpoint c 10.1.1.2 dev c1 subflow fullmesh
    endpoint c 10.1.2.2 dev c2 subflow fullmesh
    all_views && iperf 4 -n 32M
    lab_capture_end
}
scene_port() { endpoint s 10.2.2.2 dev s2 signal port 9999; all_views && iperf 4 -n 4M; lab_capture_end; }
scene_no_initial() {
    setting s net.mptcp.allow_join_initial_addr_port=0
    second_path 4
    endpoint s 10.2.2.2 dev s2 signal
    all_views && iperf 4 -n 4M
    lab_capture_end
}
scene_syncookies() {
    setting s net.ipv4.tcp_syncookies=2
    second_path 4
    all_views && iperf 4 -n 4M -P 4
    lab_capture_end
}
# Every other SYN/ACK of a join is lost: the SYN is repeated, and without a state the answer is another one.
scene_syncookies_again() {
    linux+=(join-synack-fixed)
    setting s net.ipv4.tcp_syncookies=2
    shape 50mbit
    second_path 4
    forward oifname rc2 tcp flags '&' '(syn|ack)' == 'syn|ack' numgen inc mod 2 == 0 drop
    all_views && iperf 4 -n 16M
    lab_capture_end
}
scene_backup() { second_path 4 backup; all_views && iperf 4 -n 16M; lab_capture_end; }
scene_parallel() { second_path 4; all_views && iperf 4 -n 16M -P 8; lab_capture_end; }
scene_bidir() { second_path 6; all_views && iperf 6 -n 8M --bidir; lab_capture_end; }
scene_bare_tcp() {
    setting s net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0 net.ipv4.tcp_window_scaling=0 net.ipv4.tcp_ecn=1
    setting c net.ipv4.tcp_ecn=1
    second_path 4
    all_views && iperf 4 -n 4M
    lab_capture_end
}

scene_curl() { second_path 4; all_views && fetch 4 16M; lab_capture_end; }
scene_curl6() { setting c net.mptcp.checksum_enabled=1; second_path 6; all_views && fetch 6 16M; lab_capture_end; }
scene_curls() { second_path 4; all_views && fetch 4 3000 200; lab_capture_end; }
scene_fastopen() {
    setting c net.ipv4.tcp_fastopen=1027
    setting s net.ipv4.tcp_fastopen=1027
    all_views && fetch 4 3000 5 --tcp-fastopen
    lab_capture_end
}

# Windows that close.
scene_small_buffers() {
    lab_plain
    setting s net.ipv4.tcp_rmem="4096 8192 16384"
    setting c net.ipv4.tcp_wmem="4096 8192 16384"
    second_path 4
    all_views && iperf 4 -n 1M -w 8K
    lab_capture_end
}
scene_slow_reader() {
    setting c net.ipv4.tcp_rmem="4096 8192 8192"
    second_path 4
    all_views && fetch 4 500000 1 --limit-rate 400K
    lab_capture_end
}

# Captures that do not hold everything.
scene_snap() {
    may=("cut by the snap length")
    second_path 4
    lab_capture c any client LINUX_SLL2 96 && lab_capture s s1 s1 "" 96 && iperf 4 -n 8M
    lab_capture_end
}
scene_snap_csum_plain() {
    may=("cut by the snap length")
    lab_plain
    setting c net.mptcp.checksum_enabled=1
    second_path 6
    lab_capture c any client LINUX_SLL2 120 && lab_capture r any router "" 200 && iperf 6 -n 2M
    lab_capture_end
}
scene_middle() {
    may=("began in the middle" "segments are missing")
    lab_plain
    shape 100mbit
    second_path 4
    iperf_server && iperf_client 10.2.1.2 -n 24M -i 0.1 || return 1
    lab_await cl 'sec' 2 && all_views
    iperf_ends
    lab_capture_end
}

# Loss, and paths of unlike speed: octets wait for each other and are sent again.
scene_loss() { lab_plain; lose 10; second_path 4; all_views && iperf 4 -n 4M; lab_capture_end; }
scene_loss6_csum() {
    lab_plain
    lose 30
    setting s net.mptcp.checksum_enabled=1
    second_path 6
    all_views && iperf 6 -n 2M -R
    lab_capture_end
}
scene_loss_gso() { lose 30; second_path 4; all_views && iperf 4 -n 8M; lab_capture_end; }
scene_uneven() { lab_plain; shape 100mbit 5mbit; second_path 4; all_views && iperf 4 -n 6M; lab_capture_end; }
scene_uneven6_csum_loss() {
    lab_plain
    lose 10
    shape 100mbit 10mbit
    setting c net.mptcp.checksum_enabled=1
    second_path 6
    all_views && iperf 6 -n 6M --bidir
    lab_capture_end
}

# A path is cut in mid-transfer and comes back; addresses come and go.
scene_cut_link() { second_path 4; iperf_disturbed 4 "in_ns r ip link set rc2 down" "in_ns r ip link set rc2 up"; }
scene_cut_first6() { second_path 6; iperf_disturbed 6 "forward iifname rc1 drop" forward_freely; }
scene_cut_client() {
    second_path 4
    iperf_disturbed 4 "in_ns c ip link set c2 down" \
        "in_ns c ip link set c2 up; in_ns c ip route add default via 10.1.2.1 dev c2 table 2"
}
scene_endpoint_removed() { second_path 4; iperf_disturbed 4 "in_ns c ip mptcp endpoint flush" "second_path 4"; }
scene_address_removed() {
    second_path 4
    iperf_disturbed 4 "in_ns c ip addr del 10.1.2.2/24 dev c2" \
        "in_ns c ip addr add 10.1.2.2/24 dev c2; in_ns c ip route replace default via 10.1.2.1 dev c2 table 2"
}
scene_signal_removed() {
    endpoint s 10.2.2.2 dev s2 signal
    iperf_disturbed 4 "in_ns s ip mptcp endpoint flush" "endpoint s 10.2.2.2 dev s2 signal"
}
scene_backup_change() {
    second_path 4 id 5
    iperf_disturbed 4 "in_ns c ip mptcp endpoint change id 5 backup" "in_ns c ip mptcp endpoint change id 5 nobackup"
}
scene_backup_cut() { second_path 4 backup; iperf_disturbed 4 "forward iifname rc1 drop" forward_freely; }

# Ends without a farewell.
scene_killed() { iperf_killed cl; }
scene_fastclose() { iperf_killed cl -R; }
scene_server_killed() { iperf_killed srv; }

# What merges segments: offloads, and packets beyond 64 KiB.
scene_gro() {
    local i
    lab_plain
    for i in c:c1 c:c2 s:s1 s:s2; do in_ns "${i%:*}" ethtool -K "${i#*:}" gro on; done
    setting c net.mptcp.checksum_enabled=1
    second_path 6
    all_views && iperf 6 -n 8M -R
    lab_capture_end
}
scene_big_tcp() {
    local i
    for i in c:c1 c:c2 s:s1 s:s2 r:rc1 r:rc2 r:rs1 r:rs2; do
        in_ns "${i%:*}" ip link set "${i#*:}" gso_max_size 200000 gro_max_size 200000
    done
    second_path 6
    all_views && iperf 6 -n 32M
    lab_capture_end
}
scene_loopback() {
    lab_capture c lo lo && lab_capture c any any
    iperf_server c && iperf_client 127.0.0.1 -n 32M && iperf_ends
    lab_capture_end
}
scene_vlan() {
    local n
    for n in c:c1 r:rc1; do
        in_ns "${n%:*}" ip link add link "${n#*:}" name "${n#*:}.7" type vlan id 7
        in_ns "${n%:*}" ip link set "${n#*:}.7" up
    done
    in_ns c ip addr add 10.1.7.2/24 dev c1.7
    in_ns r ip addr add 10.1.7.1/24 dev rc1.7
    in_ns s ip route add 10.1.7.0/24 via 10.2.1.1
    in_ns c ip route replace 10.2.0.0/16 via 10.1.7.1
    all_views && iperf 4 -n 4M
    lab_capture_end
}

# Translated addresses: the router has the same connection under two names.
scene_nat() {
    in_ns r nft add table ip nat
    in_ns r nft add chain ip nat post '{ type nat hook postrouting priority 100; }'
    in_ns r nft add rule ip nat post oifname '"rs*"' masquerade random
    second_path 4
    all_views && iperf 4 -n 8M
    lab_capture_end
}
scene_nat_server() {
    in_ns r nft add table ip nat
    in_ns r nft add chain ip nat pre '{ type nat hook prerouting priority -100; }'
    in_ns r nft add rule ip nat pre ip daddr 10.9.9.9 dnat to 10.2.1.2
    second_path 4
    endpoint s 10.2.2.2 dev s2 signal
    all_views && iperf_server && iperf_client 10.9.9.9 -n 8M && iperf_ends
    lab_capture_end
}

# Fallback: a server without MPTCP, and paths that take its options away.
scene_plain_server() {
    all_views
    lab_start srv s iperf3 -s -1 --forceflush
    lab_await srv '^Server listening' && iperf_client 10.2.1.2 -n 4M && iperf_ends
    lab_capture_end
}
scene_refused() {
    empty=1
    all_views
    in_ns c mptcpize run curl -s -m 5 http://10.2.1.2:8000/
    lab_capture_end
}
scene_stripped() { forward reset tcp option mptcp; all_views && iperf 4 -n 4M; lab_capture_end; }
scene_stripped_synack() {
    forward tcp sport 5201 tcp flags syn reset tcp option mptcp
    all_views && iperf 4 -n 4M
    lab_capture_end
}
scene_stripped_join() {
    forward iifname rc2 reset tcp option mptcp
    second_path 4
    all_views && iperf 4 -n 4M
    lab_capture_end
}
scene_stripped_data() {
    # The path takes the mappings of the server's first data away, and that is what is seen behind it.
    may=("finding mapping-until-ack")
    lab_plain
    forward tcp sport 5201 tcp flags '&' syn == 0 meta length gt 90 reset tcp option mptcp
    all_views && iperf 4 -n 100K -R
    lab_capture_end
}

# One change in a capture of honest hosts is found.
scene_faults() {
    setting c net.mptcp.checksum_enabled=1
    lab_plain
    second_path 4
    endpoint s 10.2.2.2 dev s2 signal
    # Three subflows: the client's own second one, and one to the address that the server gives.
    lab_capture c any client && talk 4194304 3
    lab_capture_end
    [ "$transfer_failed" -eq 0 ] || return 0
    faulty "$lab_dir/client.pcap" <<'EOF'
csum-value                corrupt when data nth 700
csum-value                set dss.csum = 1 when data and dss.has_map = 1 first 1
capable-key-echo          flip mp_capable.receiver_key when ACK
capable-b-flag            set mp_capable.b = 1 when SYN first 1
mapping-fixed|csum-value  add dss.dsn 1 when data nth 800
dsn-same-octet|csum-value add dss.dsn -5000 when data nth 900
fin-last                  set dss.fin = 1 when data nth 200
dack-back                 add dss.dack -100000 when dss.has_dack = 1 nth 1200
join-synack-hmac          flip mp_join.hmac when SYN+ACK first 1
join-ack-hmac             flip mp_join.hmac when ACK first 1
add-addr-hmac             flip add_addr.hmac first 1
EOF
}
