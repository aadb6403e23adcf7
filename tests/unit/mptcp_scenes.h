/* SPDX-License-Identifier: MIT */
/* Further scenes for mptcp_doctors.h, which includes this: openings, what is repeated, signals. */
#ifndef MPTCPSPEC_MPTCP_SCENES_H
#define MPTCPSPEC_MPTCP_SCENES_H

/* The options of a join, to be sent by hand. */
struct by_hand {
    struct ms_mp syn, synack, ack;
};

static struct by_hand hand_join(struct play *p, int f, int opener, uint8_t id)
{
    struct play_flow *w = &p->flow[f];
    int other = 1 - opener;
    uint8_t full[32];
    struct by_hand h = {
        .syn = {.form = MS_FORM_JOIN_SYN,
                .addr_id = id,
                .token = ms_token(p->key[other]),
                .nonce = w->nonce[opener]},
        .synack = {.form = MS_FORM_JOIN_SYNACK,
                   .addr_id = (uint8_t)(20 + f),
                   .nonce = w->nonce[other],
                   .hmac_len = 8},
        .ack = {.form = MS_FORM_JOIN_ACK, .hmac_len = 20},
    };
    if (ms_addr_eq(&w->addr[other], &p->flow[0].addr[other]))
        h.synack.addr_id = 0;
    ms_join_hmac(p->key[other], p->key[opener], w->nonce[other], w->nonce[opener], full);
    memcpy(h.synack.hmac, full, 8);
    ms_join_hmac(p->key[opener], p->key[other], w->nonce[opener], w->nonce[other], full);
    memcpy(h.ack.hmac, full, 20);
    return h;
}

#define SYNACK (MS_TH_SYN | MS_TH_ACK)

static void join_syn_again(struct play *p, void change(struct ms_mp *mp))
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    struct by_hand h = hand_join(p, 1, HOST_A, 4);
    play_send(p, "x", 1, HOST_A, MS_TH_SYN, &h.syn);
    change(&h.syn);
    play_send_at(p, "x", 1, HOST_A, MS_TH_SYN, 1, NULL, 0, &h.syn);
}

static void other_id_now(struct ms_mp *mp)
{
    mp->addr_id++;
}

static void other_nonce_now(struct ms_mp *mp)
{
    mp->nonce ^= 1;
}

static void other_b_now(struct ms_mp *mp)
{
    mp->backup ^= 1;
}

static void nothing_now(struct ms_mp *mp)
{
    (void)mp;
}

static void scene_syn_same(struct play *p)
{
    join_syn_again(p, nothing_now);
}

static void scene_syn_id(struct play *p)
{
    join_syn_again(p, other_id_now);
}

static void scene_syn_nonce(struct play *p)
{
    join_syn_again(p, other_nonce_now);
}

static void scene_syn_backup(struct play *p)
{
    join_syn_again(p, other_b_now);
}

static void scene_synack_nonce(struct play *p)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    struct by_hand h = hand_join(p, 1, HOST_A, 4);
    play_send(p, "x", 1, HOST_A, MS_TH_SYN, &h.syn);
    play_send(p, "x", 1, HOST_B, SYNACK, &h.synack);
    play_send_at(p, "x", 1, HOST_B, SYNACK, 1, NULL, 0, &h.synack);
    p->flow[1].nonce[HOST_B] ^= 2;
    h = hand_join(p, 1, HOST_A, 4);
    play_send_at(p, "x", 1, HOST_B, SYNACK, 1, NULL, 0, &h.synack);
}

static void scene_ack_hmac(struct play *p)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    struct by_hand h = hand_join(p, 1, HOST_A, 4);
    play_send(p, "x", 1, HOST_A, MS_TH_SYN, &h.syn);
    play_send(p, "x", 1, HOST_B, SYNACK, &h.synack);
    play_send(p, "x", 1, HOST_A, MS_TH_ACK, &h.ack);
    play_send(p, "x", 1, HOST_A, MS_TH_ACK, &h.ack);
    h.ack.hmac[19] ^= 1;
    play_send(p, "x", 1, HOST_A, MS_TH_ACK, &h.ack);
}

static void scene_join_no_third(struct play *p)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    struct by_hand h = hand_join(p, 1, HOST_A, 4);
    play_send(p, "x", 1, HOST_A, MS_TH_SYN, &h.syn);
    play_send(p, "x", 1, HOST_B, SYNACK, &h.synack);
    play_ack(p, "x", 1, HOST_A);
    play_send(p, "x", 1, HOST_A, MS_TH_ACK, &h.ack);
}

static void scene_join_syn_data(struct play *p)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    struct by_hand h = hand_join(p, 1, HOST_A, 4);
    play_send_at(p, "x", 1, HOST_A, MS_TH_SYN, 0, "ab", 2, &h.syn);
}

static void scene_token_taken(struct play *p)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    struct by_hand h = hand_join(p, 1, HOST_A, 4);
    h.syn.token ^= 1;
    play_send(p, "x", 1, HOST_A, MS_TH_SYN, &h.syn);
    play_send(p, "x", 1, HOST_B, SYNACK, &h.synack);
}

static void refuse(struct play *p, uint8_t reason)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    struct by_hand h = hand_join(p, 1, HOST_A, 4);
    struct ms_mp why = {.form = MS_FORM_TCPRST, .reason = reason};
    play_send(p, "x", 1, HOST_A, MS_TH_SYN, &h.syn);
    play_send(p, "x", 1, HOST_B, MS_TH_RST | MS_TH_ACK, &why);
}

static void scene_refusal(struct play *p)
{
    refuse(p, 3);
}

static void scene_refusal_odd(struct play *p)
{
    refuse(p, 5);
}

/* Data first by a DSS, where only MP_CAPABLE shows the key. */
static void scene_first_by_dss(struct play *p)
{
    play_handshake(p);
    play_data(p, "x", 0, HOST_A, 40, false);
}

/* ... which is right once the listener sent one. */
static void scene_listener_first(struct play *p)
{
    play_handshake(p);
    play_data(p, "x", 0, HOST_B, 30, false);
    play_data(p, "x", 0, HOST_A, 40, false);
}

static void scene_listener_mute(struct play *p)
{
    uint8_t data[30];
    play_handshake(p);
    play_fill(HOST_B, 1, data, 30);
    struct ms_mp mp = play_map(p, HOST_B, 1, 1, 30, false);
    mp.dss_flags &= (uint8_t) ~(MS_DSS_A | MS_DSS_a);
    play_send_at(p, "x", 0, HOST_B, MS_TH_ACK, 0, data, 30, &mp);
}

/* Different keys of one token. */
static void scene_same_token(struct play *p)
{
    p->key[HOST_B] = 0xe657cd3619ab3937;
    ready(p);
    struct play second = *p;
    second.key[HOST_A] ^= 0x77;
    second.key[HOST_B] = 0x546c1abc5af5d746;
    play_open(&second, 3, HOST_A, 0, 0);
    struct ms_mp syn = play_capable(&second, 0), synack = play_capable(&second, 1);
    play_send(&second, "x", 3, HOST_A, MS_TH_SYN, &syn);
    play_send(&second, "x", 3, HOST_B, SYNACK, &synack);
}

/* Nothing but options, while data of the peer waits for its ACK. */
static void option_acks(struct play *p, unsigned n)
{
    struct ms_mp prio = {.form = MS_FORM_PRIO};
    ready(p);
    uint32_t before = p->flow[0].next[HOST_B];
    play_ack(p, "x", 0, HOST_A);
    play_data(p, "x", 0, HOST_B, 40, false);
    p->flow[0].next[HOST_B] = before;
    for (unsigned i = 0; i < n; i++)
        play_send(p, "x", 0, HOST_A, MS_TH_ACK, &prio);
}

static void scene_two_signals(struct play *p)
{
    option_acks(p, 2);
}

static void scene_three_signals(struct play *p)
{
    option_acks(p, 3);
}

/* No data of the peer is outstanding: no duplicate ACKs. */
static void scene_idle_signals(struct play *p)
{
    struct ms_mp prio = {.form = MS_FORM_PRIO};
    ready(p);
    for (unsigned i = 0; i < 5; i++)
        play_send(p, "x", 0, HOST_A, MS_TH_ACK, &prio);
}

static void announce(struct play *p, int from, struct ms_mp add)
{
    uint8_t full[32];
    ready(p);
    ms_add_addr_hmac(p->key[from], p->key[1 - from], add.addr_id, &add.addr, add.port, full);
    memcpy(add.hmac, full + 24, 8);
    play_send(p, "x", 0, from, MS_TH_ACK, &add);
}

static void scene_add_port_0(struct play *p)
{
    struct ms_mp add = play_add_addr(p, HOST_B, 9, 1, 7);
    add.port = 0;
    announce(p, HOST_B, add);
}

static void scene_add_multicast(struct play *p)
{
    struct ms_mp add = play_add_addr(p, HOST_B, 9, 1, 0);
    add.addr.octets[0] = 224;
    announce(p, HOST_B, add);
}

static void scene_add_nothing(struct play *p)
{
    struct ms_mp add = play_add_addr(p, HOST_B, 9, 1, 0);
    memset(add.addr.octets, 0, sizeof add.addr.octets);
    announce(p, HOST_B, add);
}

static void scene_add_id_0(struct play *p)
{
    announce(p, HOST_B, play_add_addr(p, HOST_B, 0, 1, 0));
}

static void scene_add_own_id_0(struct play *p)
{
    announce(p, HOST_B, play_add_addr(p, HOST_B, 0, 0, 0));
}

static void scene_id_of_join(struct play *p)
{
    announce(p, HOST_A, play_add_addr(p, HOST_A, 4, 3, 0));
    play_open(p, 1, HOST_A, 2, 1);
    play_join(p, 1, HOST_A, 4, join_1);
}

static void scene_id_free_again(struct play *p)
{
    struct ms_mp rm = {.form = MS_FORM_REMOVE_ADDR, .ids = {4}, .n_ids = 1};
    announce(p, HOST_A, play_add_addr(p, HOST_A, 4, 3, 0));
    play_send(p, "x", 0, HOST_A, MS_TH_ACK, &rm);
    play_open(p, 1, HOST_A, 2, 1);
    play_join(p, 1, HOST_A, 4, join_1);
}

static void scene_remove_unknown(struct play *p)
{
    struct ms_mp rm = {.form = MS_FORM_REMOVE_ADDR, .ids = {0, 77}, .n_ids = 2};
    ready(p);
    play_send(p, "x", 0, HOST_A, MS_TH_ACK, &rm);
}

static void scene_rst_4(struct play *p)
{
    struct ms_mp why = {.form = MS_FORM_TCPRST, .reason = 4};
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    play_join(p, 1, HOST_A, 4, join_1);
    play_send(p, "x", 1, HOST_A, MS_TH_RST | MS_TH_ACK, &why);
}

static bool wrong_echo(struct play *p, struct ms_seg *seg, struct ms_opt *o, uint8_t *payload)
{
    (void)p, (void)seg, (void)payload;
    o->mp.receiver_key ^= 4;
    return true;
}

/* No third packet echoes the right key, and the listener goes on. */
static void scene_echo_taken(struct play *p)
{
    p->sick = "ack";
    p->doctor = wrong_echo;
    play_handshake(p);
    play_ack(p, "x", 0, HOST_B);
}

/* The third packet arrives without its option: the listener falls back, though data with the keys follows (3.1). */
static void third_and_keys(struct play *p, bool bare)
{
    p->sick = bare ? "ack" : NULL;
    p->doctor = strip;
    play_handshake(p);
    struct ms_mp keys = play_capable(p, 2);
    keys.has_dll = true;
    keys.dll = 5;
    keys.has_csum = p->csum;
    keys.csum = ms_dss_csum(play_idsn(p, HOST_A) + 1, 1, 5, 0, "hello", 5);
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, "hello", 5, &keys);
    play_send_at(p, "x", 0, HOST_B, MS_TH_ACK, 0, "hello", 5, NULL);
}

static void scene_third_bare(struct play *p)
{
    third_and_keys(p, true);
}

static void scene_third_there(struct play *p)
{
    third_and_keys(p, false);
}

/* Data with the keys that grew on its way: what its mapping does not cover lets the listener fall back (3.7). */
static void scene_grown(struct play *p)
{
    play_handshake(p);
    struct ms_mp keys = play_capable(p, 2);
    keys.has_dll = true;
    keys.dll = 5;
    keys.has_csum = p->csum;
    keys.csum = ms_dss_csum(play_idsn(p, HOST_A) + 1, 1, 5, 0, "hello", 5);
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, "hello!!", 7, &keys);
    play_send_at(p, "x", 0, HOST_B, MS_TH_ACK, 0, "hello", 5, NULL);
}

static bool no_window(struct play *p, struct ms_seg *seg, struct ms_opt *o, uint8_t *payload)
{
    (void)p, (void)o, (void)payload;
    seg->win = 0;
    return true;
}

/* One octet below the first probes a window that was closed before anything was sent. */
static void first_probe(struct play *p, bool closed)
{
    const uint8_t any = 0xee;
    play_handshake(p);
    p->sick = closed ? "window" : NULL;
    p->doctor = no_window;
    play_data(p, "window", 0, HOST_A, 20, false);
    struct ms_mp mp = play_map(p, HOST_B, 0, 1, 1, false);
    mp.csum = ms_dss_csum(mp.dsn, 1, 1, 0, &any, 1);
    play_send_at(p, "x", 0, HOST_B, MS_TH_ACK, 0, &any, 1, &mp);
}

static void scene_first_probe(struct play *p)
{
    first_probe(p, true);
}

static void scene_first_below(struct play *p)
{
    first_probe(p, false);
}

/* ---- windows, and what a Data ACK covers ---------------------------------------------------------------- */

/* The subflow's ACK runs ahead of the Data ACK, from which the connection's window counts. */
static void window_after(struct play *p, bool data_acked)
{
    ready(p);
    play_data(p, "x", 0, HOST_A, 900, false);
    if (data_acked)
        play_ack(p, "x", 0, HOST_B);
    else
        play_send(p, "x", 0, HOST_B, MS_TH_ACK, NULL);
    play_data(p, "x", 0, HOST_A, 900, false);
}

static void scene_window_kept(struct play *p)
{
    window_after(p, true);
}

static void scene_window_passed(struct play *p)
{
    window_after(p, false);
}

static bool smaller_window(struct play *p, struct ms_seg *seg, struct ms_opt *o, uint8_t *payload)
{
    (void)p, (void)o, (void)payload;
    seg->win = 300;
    return true;
}

/*
 * Full, then half read: the subflow's ACK is the same, the Data ACK went forward by more than the window became smaller. From
 * a kernel that kept the window of 1000 and counted it from the new Data ACK.
 */
static void window_smaller(struct play *p, size_t octets)
{
    ready(p);
    play_data(p, "x", 0, HOST_A, 900, false);
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, NULL);
    p->sick = "smaller";
    p->doctor = smaller_window;
    play_ack(p, "smaller", 0, HOST_B);
    play_data(p, "x", 0, HOST_A, octets, false);
}

static void scene_window_smaller(struct play *p)
{
    window_smaller(p, 300);
}

static void scene_window_before_smaller(struct play *p)
{
    window_smaller(p, 900);
}

static bool wide_window(struct play *p, struct ms_seg *seg, struct ms_opt *o, uint8_t *payload)
{
    (void)p, (void)o, (void)payload;
    seg->win = 9000;
    return true;
}

/* Another subflow has the wider window, and so has the connection. */
static void scene_window_of_subflow(struct play *p)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    play_join(p, 1, HOST_A, 4, join_1);
    p->sick = "wide";
    p->doctor = wide_window;
    play_ack(p, "wide", 1, HOST_B);
    play_data(p, "x", 1, HOST_A, 1500, false);
    play_ack(p, "wide", 1, HOST_B);
    play_data(p, "x", 0, HOST_A, 1500, false);
}

/* The Data ACK comes on the subflow with the small window; the wide one counts from there all the same. */
static void scene_window_widest(struct play *p)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    play_join(p, 1, HOST_A, 4, join_1);
    p->sick = "wide";
    p->doctor = wide_window;
    play_ack(p, "wide", 1, HOST_B);
    for (int i = 0; i < 4; i++)
        play_data(p, "x", 1, HOST_A, 2100, false);
    play_ack(p, "x", 0, HOST_B);
    play_data(p, "x", 1, HOST_A, 500, false);
    play_data(p, "x", 0, HOST_A, 900, false);
}

static void hole(struct play *p, bool fin)
{
    ready(p);
    p->next_dsn[HOST_A] += 50;
    play_data(p, "x", 0, HOST_A, 30, fin);
    play_ack(p, "x", 0, HOST_B);
}

static void scene_dack_hole(struct play *p)
{
    hole(p, false);
}

static void scene_dack_fin_hole(struct play *p)
{
    hole(p, true);
}

/* The other subflow brings what lacks. */
static void scene_hole_filled(struct play *p)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    play_join(p, 1, HOST_A, 4, join_1);
    uint64_t first = p->next_dsn[HOST_A];
    p->next_dsn[HOST_A] += 50;
    play_data(p, "x", 1, HOST_A, 30, true);
    uint64_t end = p->next_dsn[HOST_A];
    p->next_dsn[HOST_A] = first;
    play_ack(p, "x", 1, HOST_B);
    play_data(p, "x", 0, HOST_A, 50, false);
    p->next_dsn[HOST_A] = end;
    play_ack(p, "x", 0, HOST_B);
}

/* Numbers that run through 2^32 at once, of 32 bits. */
static void fast(struct play *p, bool wide)
{
    uint8_t data[10];
    ready(p);
    for (unsigned i = 0; i < 12; i++) {
        p->next_dsn[HOST_A] += 1u << 29;
        play_fill(HOST_A, p->next_dsn[HOST_A], data, sizeof data);
        struct ms_mp mp =
            play_map(p, HOST_A, p->next_dsn[HOST_A], play_ssn(p, 0, HOST_A), sizeof data, false);
        if (!wide)
            mp.dss_flags &= (uint8_t)~MS_DSS_m;
        play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, data, sizeof data, &mp);
    }
}

static void scene_fast_narrow(struct play *p)
{
    fast(p, false);
}

/* ---- closing and falling back --------------------------------------------------------------------------- */

static void close_after(struct play *p, bool data_acked)
{
    ready(p);
    play_data(p, "x", 0, HOST_A, 50, false);
    if (data_acked)
        play_ack(p, "x", 0, HOST_B);
    else
        play_send(p, "x", 0, HOST_B, MS_TH_ACK, NULL);
    play_data(p, "x", 0, HOST_A, 20, true);
    play_send(p, "x", 0, HOST_A, MS_TH_FIN | MS_TH_ACK, NULL);
}

static void scene_fin_in_time(struct play *p)
{
    close_after(p, true);
}

static void scene_fin_early(struct play *p)
{
    close_after(p, false);
}

/* Both ends close the subflow, and the ACKs of the FIN with the DATA_FIN do not cover that. */
static void scene_fin_never_acked(struct play *p)
{
    ready(p);
    struct ms_mp fin = play_map(p, HOST_A, p->next_dsn[HOST_A], 0, 0, true);
    play_send(p, "x", 0, HOST_A, MS_TH_FIN | MS_TH_ACK, &fin);
    play_ack(p, "x", 0, HOST_B);
    struct ms_mp last = play_dack(p, HOST_B);
    play_send(p, "x", 0, HOST_B, MS_TH_FIN | MS_TH_ACK, &last);
    play_send(p, "x", 0, HOST_A, MS_TH_ACK, NULL);
}

static bool urgent(struct play *p, struct ms_seg *seg, struct ms_opt *o, uint8_t *payload)
{
    (void)p, (void)o, (void)payload;
    seg->flags |= MS_TH_URG;
    seg->urg = 30;
    return true;
}

static bool urgent_end(struct play *p, struct ms_seg *seg, struct ms_opt *o, uint8_t *payload)
{
    urgent(p, seg, o, payload);
    seg->urg = (uint16_t)seg->payload_len;
    return true;
}

static void scene_urgent(struct play *p)
{
    ready(p);
    p->sick = "urgent";
    p->doctor = urgent;
    play_data(p, "urgent", 0, HOST_A, 80, false);
}

static void scene_urgent_end(struct play *p)
{
    ready(p);
    p->sick = "urgent";
    p->doctor = urgent_end;
    play_data(p, "urgent", 0, HOST_A, 80, false);
}

/* Checksums are in use, and host B says which data fails. */
static void fail_at(struct play *p, int32_t off)
{
    p->csum = true;
    ready(p);
    play_data(p, "x", 0, HOST_A, 50, false);
    struct ms_mp fail = {.form = MS_FORM_FAIL,
                         .dsn = play_idsn(p, HOST_A) + p->next_dsn[HOST_A] - 50 + (uint64_t)off};
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, &fail);
}

static void scene_fail(struct play *p)
{
    fail_at(p, 0);
}

static void scene_fail_inside(struct play *p)
{
    fail_at(p, 7);
}

/* After MP_FAIL host B goes on with plain data, which shows that its peer has the MP_FAIL. */
static void fail_answer(struct play *p, bool answer)
{
    fail_at(p, 0);
    struct ms_mp fail = {.form = MS_FORM_FAIL, .dsn = play_idsn(p, HOST_B) + 1};
    if (answer)
        play_send(p, "x", 0, HOST_A, MS_TH_ACK, &fail);
    play_send_at(p, "x", 0, HOST_B, MS_TH_ACK, 0, "plain", 5, NULL);
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, "plain", 5, NULL);
}

static void scene_fail_answered(struct play *p)
{
    fail_answer(p, true);
}

static void scene_fail_unanswered(struct play *p)
{
    fail_answer(p, false);
}

static void fail_of_two(struct play *p, uint8_t flags)
{
    p->csum = true;
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    play_join(p, 1, HOST_A, 4, join_1);
    play_data(p, "x", 1, HOST_A, 50, false);
    struct ms_mp fail = {.form = MS_FORM_FAIL,
                         .dsn = play_idsn(p, HOST_A) + p->next_dsn[HOST_A] - 50};
    play_send(p, "x", 1, HOST_B, flags, &fail);
}

static void scene_fail_of_two(struct play *p)
{
    fail_of_two(p, MS_TH_ACK);
}

static void scene_fail_of_two_reset(struct play *p)
{
    fail_of_two(p, MS_TH_ACK | MS_TH_RST);
}

/* The infinite mapping puts other numbers together than the mappings before it. */
static void scene_infinite_askew(struct play *p)
{
    uint8_t data[16];
    ready(p);
    play_fill(HOST_A, 101, data, sizeof data);
    struct ms_mp mp = play_map(p, HOST_A, 108, 101, 0, false);
    mp.csum = 0;
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, data, sizeof data, &mp);
}

/* It refers back to what was delivered. */
static void scene_infinite_back(struct play *p)
{
    uint8_t data[16];
    ready(p);
    play_fill(HOST_A, 101, data, sizeof data);
    struct ms_mp mp = play_map(p, HOST_A, 51, 51, 0, false);
    mp.csum = 0;
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, data, sizeof data, &mp);
}

static void fallen_back(struct play *p)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    play_join(p, 1, HOST_A, 4, join_1);
    infinite(p, 0);
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, NULL);
}

static void scene_infinite_and_more(struct play *p)
{
    fallen_back(p);
    play_data(p, "x", 1, HOST_A, 20, false);
}

static void scene_infinite_and_join(struct play *p)
{
    fallen_back(p);
    play_open(p, 2, HOST_A, 3, 1);
    struct by_hand h = hand_join(p, 2, HOST_A, 5);
    play_send(p, "x", 2, HOST_A, MS_TH_SYN, &h.syn);
}

/* An ACK covered the infinite mapping, and Data ACKs go on. */
static void scene_infinite_dacks(struct play *p)
{
    ready(p);
    infinite(p, 0);
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, NULL);
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, "hello", 5, NULL);
    play_ack(p, "x", 0, HOST_B);
}

static void scene_fastclose_dack(struct play *p)
{
    struct ms_mp mp = {.form = MS_FORM_FASTCLOSE};
    ready(p);
    mp.receiver_key = p->key[HOST_A];
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, &mp);
    play_data(p, "x", 0, HOST_A, 20, false);
    play_ack(p, "x", 0, HOST_B);
}

/* Host B withdraws an address, more data shows that this came, and host A joins it. */
static void join_removed(struct play *p, bool again)
{
    struct ms_mp rm = {.form = MS_FORM_REMOVE_ADDR, .ids = {9}, .n_ids = 1};
    announce(p, HOST_B, play_add_addr(p, HOST_B, 9, 1, 0));
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, &rm);
    play_data(p, "x", 0, HOST_B, 30, false);
    play_ack(p, "x", 0, HOST_A);
    struct ms_mp add = play_add_addr(p, HOST_B, 9, 1, 0);
    if (again)
        play_send(p, "x", 0, HOST_B, MS_TH_ACK, &add);
    play_open(p, 1, HOST_A, 2, 1);
    struct by_hand h = hand_join(p, 1, HOST_A, 4);
    play_send(p, "x", 1, HOST_A, MS_TH_SYN, &h.syn);
}

static void scene_join_removed(struct play *p)
{
    join_removed(p, false);
}

static void scene_join_given_again(struct play *p)
{
    join_removed(p, true);
}

#endif
