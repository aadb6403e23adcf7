/* SPDX-License-Identifier: MIT */
/* What a case asks of its target, from its text. */
#include "unit.h"

#include "lang_env.h"

#define HEAD "case x\npurpose \"p\"\niut listener\n"

/* Every case must judge something. */
static struct ms_asks asks_of(struct ms_arena *arena, const char *steps, size_t instance)
{
    const char *text = ms_arena_printf(arena, "%sA: expect ACK [R-3.1-01]\n", steps);
    struct ms_diags d = {.arena = arena};
    struct ms_case *c = ms_case_parse(arena, "x.case", text, strlen(text), &env, &d);
    ck_assert_msg(c != NULL, "%s", env_mistakes(arena, &d));
    size_t n;
    const struct ms_instance *in = ms_case_instances(arena, c, &n);
    ck_assert_uint_lt(instance, n);
    struct ms_asks k;
    ms_instance_asks(arena, &in[instance],
                     strcmp(c->topology, "two-paths") == 0 ? &env_two : &env_one, &k);
    return k;
}

START_TEST(one_line_each)
{
    struct ms_arena *arena = ms_arena_new();
    static const struct {
        const char *steps;
        struct ms_asks want;
    } rows[] = {
        {"A: handshake\nA: send data 10\n", {.octets = 10}},
        {"A: handshake(data = 7)\nA: send data 10\n", {.octets = 17}},
        {"A: handshake\nlet n = A.mss\nA: send data n\n", {.many_octets = true}},
        {"A: handshake\nA: send data \"hello\"\n", {.octets = 5, .content = true}},
        {"A: handshake\nA: expect data \"hello\"\n", {.octets = 0}},
        {"A: handshake\nA: close\n", {.ends = true}},
        {"A: handshake\nA: send FIN+ACK\n", {.ends = true}},
        {"A: handshake\nA: expect FIN\n", {.ends = false}},
        {"A: handshake\nA: send ACK dss(fin)\n", {.ends = true}},
        {"A: handshake\nA: send ACK dss(no fin)\n", {.ends = false}},
        {"A: handshake\nA: expect ACK dss(fin)\n", {.ends = false}},
        {"A: handshake\nB: join(from = t2)\n", {.tester_addrs = 2}},
        {"A: handshake(sport = 40100)\n", {.tester_ports = true}},
        {"A: handshake(to = 198.51.100.8)\n", {.literal_addr = true}},
        {"A: handshake\nB: join(from = 198.51.100.9)\n", {.literal_addr = true}},
        {"A: handshake\nA: send ACK add_addr(addr = 198.51.100.9)\n", {.literal_addr = false}},
        {"A: handshake\nB: new(of = A, sport = A.sport + 1)\n", {.tester_ports = true}},
        {"A: handshake\nB: new(of = A, dport = A.dport)\n", {.iut_ports = false}},
        {"A: handshake\nB: new(of = A, dport = 9)\n", {.iut_ports = true}},
        {"A: handshake\niut: received 1 octets\n", {.received = true}},
        {"A: handshake\nA: expect no RST until { iut: received 1 octets [R-3.1-01] }\n",
         {.received = true, .received_judged = true, .received_inside = true}},
        {"A: handshake\niut: received 1 octets [R-3.1-01]\n",
         {.received = true, .received_judged = true}},
        {"A: handshake\nA: auto ack off\n", {.withholds = true}},
        {"A: handshake\nA: auto data_ack off\n", {.withholds = true}},
        {"A: handshake\nA: auto ack on\nA: auto close off\n", {.withholds = false}},
        {"A: handshake\niut: connect\n", {.connects_so = false}},
        {"A: handshake\niut: connect to = t1\n", {.connects_so = false}},
        {"A: handshake\niut: connect to = t1 port = 9\n", {.connects_so = true}},
        {"middlebox \"tx napt 192.0.2.77\"\nA: handshake\n", {.translates = true}},
        {"A: handshake\nA: expect no RST until { B: new(sport = 3) }\n", {.tester_ports = true}},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        const struct ms_asks *want = &rows[i].want;
        const char *text = ms_arena_printf(arena, HEAD "\n%s", rows[i].steps);
        struct ms_asks k = asks_of(arena, text, 0);
        ck_assert_msg(
            k.octets == want->octets && k.many_octets == want->many_octets &&
                k.content == want->content && k.received_inside == want->received_inside &&
                k.withholds == want->withholds && k.connects_so == want->connects_so &&
                k.ends == want->ends && k.tester_ports == want->tester_ports &&
                k.iut_ports == want->iut_ports && k.received == want->received &&
                k.received_judged == want->received_judged && k.translates == want->translates &&
                k.literal_addr == want->literal_addr &&
                k.tester_addrs == (want->tester_addrs ? want->tester_addrs : 1) &&
                k.iut_addrs == 1 && k.paths == 1,
            "%s: octets %llu %d, content %d, ends %d, ports %d %d, received %d %d, "
            "translates %d, literal %d, addresses %u %u, paths %u",
            rows[i].steps, (unsigned long long)k.octets, k.many_octets, k.content, k.ends,
            k.tester_ports, k.iut_ports, k.received, k.received_judged, k.translates,
            k.literal_addr, k.tester_addrs, k.iut_addrs, k.paths);
    }
    ms_arena_free(arena);
}
END_TEST

START_TEST(words)
{
    struct ms_arena *arena = ms_arena_new();
    struct ms_asks k = asks_of(arena,
                               "case x\npurpose \"p\"\niut listener\nneeds echo, pm\n"
                               "sysctl net.mptcp.enabled = 1\n\n"
                               "A: handshake\niut: send 5\niut: send 6\n"
                               "iut: expect info subflows = 1\n",
                               0);
    UNIT_NUM_EQ(k.verbs.n, 2);
    ck_assert(ms_asked(&k.verbs, "sysctl") && ms_asked(&k.verbs, "send"));
    UNIT_NUM_EQ(k.looks.n, 1);
    ck_assert(ms_asked(&k.looks, "info") && !ms_asked(&k.looks, "send"));
    ck_assert(ms_asked(&k.needs, "pm") && !ms_asked(&k.needs, "echo"));
    ms_arena_free(arena);
}
END_TEST

/* A name of a foreach stands for its value in the instance at hand. */
START_TEST(by_instance)
{
    struct ms_arena *arena = ms_arena_new();
    const char *text = "case x\npurpose \"p\"\niut listener\ntopology two-paths\nfamily ipv4\n"
                       "foreach from in t1, t2\nforeach n in 3, 400\n\n"
                       "A: handshake(from = from)\nA: send data n\n";
    struct ms_asks first = asks_of(arena, text, 0), last = asks_of(arena, text, 3);
    UNIT_NUM_EQ(first.tester_addrs, 1);
    UNIT_NUM_EQ(first.paths, 1);
    UNIT_NUM_EQ(first.octets, 3);
    UNIT_NUM_EQ(last.tester_addrs, 2);
    UNIT_NUM_EQ(last.paths, 2);
    UNIT_NUM_EQ(last.octets, 400);
    text = "case x\npurpose \"p\"\niut listener\nfamily ipv4\n"
           "foreach from in t1, 198.51.100.9\n\nA: handshake(from = from)\n";
    ck_assert(!asks_of(arena, text, 0).literal_addr && asks_of(arena, text, 1).literal_addr);
    ms_arena_free(arena);
}
END_TEST

START_TEST(paths_and_addresses)
{
    struct ms_arena *arena = ms_arena_new();
    const char *head = "case x\npurpose \"p\"\niut listener\ntopology two-paths\n\nA: handshake\n";
    UNIT_NUM_EQ(asks_of(arena, ms_arena_printf(arena, "%spath 2 cut\n", head), 0).paths, 2);
    UNIT_NUM_EQ(asks_of(arena, ms_arena_printf(arena, "%sB: join(path = 2)\n", head), 0).paths, 2);
    UNIT_NUM_EQ(asks_of(arena, ms_arena_printf(arena, "%sB: join(to = i2)\n", head), 0).iut_addrs,
                2);
    UNIT_NUM_EQ(asks_of(arena, head, 0).paths, 1);
    ms_arena_free(arena);
}
END_TEST

UNIT_MAIN("asks", one_line_each, words, by_instance, paths_and_addresses)
