/* SPDX-License-Identifier: MIT */
/*
 * garbage INTERFACE COUNT SEED STATION: sends random, truncated and ill-formed frames (ARP, IPv4, IPv6, TCP with bad
 * options, anything) into a wire, with the IUT's MAC address if STATION is 2. Run in the interface's namespace.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_MAX 1500

struct frame {
    uint8_t octets[FRAME_MAX];
    size_t len;
};

static uint8_t station; /* last octet of the sender's MAC address */

static uint32_t number(void)
{
    return (uint32_t)random();
}

static void put8(struct frame *f, unsigned v)
{
    if (f->len < sizeof f->octets)
        f->octets[f->len++] = (uint8_t)v;
}

static void put16(struct frame *f, unsigned v)
{
    put8(f, v >> 8);
    put8(f, v & 0xff);
}

static void noise(struct frame *f, size_t n)
{
    while (n-- > 0)
        put8(f, number() & 0xff);
}

static void ethernet(struct frame *f, unsigned type)
{
    static const uint8_t tester[6] = {2, 0, 0, 0, 1, 1};
    const uint8_t from[6] = {2, 0, 0, 0, 1, station};
    f->len = 0;
    for (int i = 0; i < 6; i++)
        put8(f, tester[i]);
    for (int i = 0; i < 6; i++)
        put8(f, from[i]);
    put16(f, type);
}

static void arp(struct frame *f)
{
    ethernet(f, ETH_P_ARP);
    put16(f, number() & 1);
    put16(f, number() & 1 ? 0x0800 : number());
    put8(f, number() & 1 ? 6 : number());
    put8(f, number() & 1 ? 4 : number());
    put16(f, number() % 4);
    noise(f, number() % 24);
}

/* TCP whose option lengths are 0, 1, beyond the header, or wrong for the subtype of MPTCP. */
static void tcp(struct frame *f, size_t payload)
{
    noise(f, 12);
    put8(f, number());
    put8(f, number());
    noise(f, 6);
    for (int i = 0; i < 10; i++) {
        put8(f, number() & 1 ? 30 : number());
        put8(f, number() & 1 ? number() % 3 : number() % 44);
        put16(f, number());
    }
    noise(f, payload);
}

static void ipv4(struct frame *f)
{
    static const uint8_t from[4] = {198, 51, 100, 2}, to[4] = {198, 51, 100, 1};
    size_t payload = number() % 100;
    ethernet(f, ETH_P_IP);
    put8(f, number() & 3 ? 0x45 : number());
    put8(f, 0);
    put16(f, number() & 1 ? (unsigned)(80 + payload) : number());
    put16(f, number());
    put16(f, number() & 3 ? 0 : number());
    put8(f, 64);
    put8(f, number() & 3 ? IPPROTO_TCP : number());
    put16(f, number());
    for (int i = 0; i < 4; i++)
        put8(f, from[i]);
    for (int i = 0; i < 4; i++)
        put8(f, to[i]);
    tcp(f, payload);
}

static void ipv6(struct frame *f)
{
    static const unsigned next[] = {IPPROTO_TCP, IPPROTO_ICMPV6, 0, 43, 44, 60};
    static const uint8_t from[16] = {0x20, 1, 0xd, 0xb8, 0, 1, [15] = 2};
    static const uint8_t to[16] = {0x20, 1, 0xd, 0xb8, 0, 1, [15] = 1};
    size_t payload = number() % 100;
    unsigned kind = next[number() % (sizeof next / sizeof *next)];
    ethernet(f, ETH_P_IPV6);
    put8(f, 0x60);
    noise(f, 3);
    put16(f, number() & 1 ? (unsigned)(60 + payload) : number());
    put8(f, kind);
    put8(f, 255);
    for (int i = 0; i < 16; i++)
        put8(f, from[i]);
    for (int i = 0; i < 16; i++)
        put8(f, to[i]);
    if (kind == IPPROTO_ICMPV6) { /* solicitation or advertisement with options of length 0 */
        put8(f, 135 + (number() & 1));
        noise(f, 23);
        put16(f, 0x0100);
        noise(f, number() % 16);
    } else {
        tcp(f, payload);
    }
}

static void anything(struct frame *f)
{
    ethernet(f, number());
    noise(f, number() % 200);
}

int main(int argc, char **argv)
{
    static void (*const makers[])(struct frame *) = {arp, ipv4, ipv6, anything};
    struct frame f;
    if (argc != 5)
        return 64;
    struct sockaddr_ll to = {
        .sll_family = AF_PACKET, .sll_halen = 6, .sll_ifindex = (int)if_nametoindex(argv[1])};
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (fd < 0 || to.sll_ifindex == 0) {
        perror(argv[1]);
        return 1;
    }
    unsigned sent = 0, count = (unsigned)strtoul(argv[2], NULL, 10);
    station = (uint8_t)strtoul(argv[4], NULL, 10);
    srandom((unsigned)strtoul(argv[3], NULL, 10));
    for (unsigned i = 0; i < count; i++) {
        makers[i % 4](&f);
        if (number() % 3 == 0) /* no less than an Ethernet header, which the kernel insists on */
            f.len = 14 + number() % (f.len - 13);
        sent += sendto(fd, f.octets, f.len, 0, (struct sockaddr *)&to, sizeof to) > 0;
        if (i % 20 == 0)
            usleep(1000);
    }
    printf("%u frames\n", sent);
    return sent > count / 2 ? 0 : 1;
}
