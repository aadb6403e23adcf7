/* SPDX-License-Identifier: MIT */
/* Event list, frame log and ladder. */
#include "mptcp_play.h"

#include "mptcpspec/trace.h"

START_TEST(frame_log)
{
    _Alignas(8) uint8_t mem[440] = {0};
    struct ms_framelog log, other;
    struct ms_frame_rec rec;
    size_t pos = 0;
    ms_framelog_init(&log, mem, sizeof mem);
    ck_assert(!ms_framelog_next(&log, &pos, &rec));
    UNIT_NUM_EQ(ms_framelog_add(&log, 1, MS_DIR_TX, 77, "hello", 5), 1);
    UNIT_NUM_EQ(ms_framelog_add(&log, 0, MS_DIR_RX, 78, "", 0), 2);
    UNIT_NUM_EQ(ms_framelog_add(&log, 2, MS_DIR_RX, 79, mem, sizeof mem), 0);
    UNIT_NUM_EQ(ms_framelog_lost(&log), 1);
    UNIT_NUM_EQ(ms_framelog_add(&log, 2, MS_DIR_RX, 80, "123456789", 9), 3);

    ms_framelog_attach(&other, mem, sizeof mem);
    UNIT_NUM_EQ(ms_framelog_count(&other), 3);
    ck_assert(ms_framelog_next(&other, &pos, &rec));
    UNIT_NUM_EQ(rec.packet, 1);
    UNIT_NUM_EQ(rec.iface, 1);
    UNIT_NUM_EQ(rec.dir, MS_DIR_TX);
    UNIT_NUM_EQ(rec.time_ns, 77);
    unit_octets_eq("frame", rec.octets, rec.len, "hello", 5);
    UNIT_NUM_EQ(rec.wire_len, 5);
    ck_assert(ms_framelog_next(&other, &pos, &rec));
    UNIT_NUM_EQ(rec.len, 0);
    ck_assert(ms_framelog_next(&other, &pos, &rec));
    unit_octets_eq("frame", rec.octets, rec.len, "123456789", 9);
    UNIT_NUM_EQ(ms_framelog_add_cut(&log, 7, MS_DIR_TX, 81, "cut", 3, 1514), 4);
    ck_assert(ms_framelog_next(&other, &pos, &rec));
    unit_octets_eq("frame", rec.octets, rec.len, "cut", 3);
    UNIT_NUM_EQ(rec.wire_len, 1514);
    ck_assert(!ms_framelog_next(&other, &pos, &rec));
    while (ms_framelog_add(&log, 0, MS_DIR_RX, 81, "full", 4))
        ;
    UNIT_NUM_EQ(ms_framelog_lost(&log), 2);
}
END_TEST

/* A log that is too small, unformatted, or damaged by a writer that went astray. */
START_TEST(frame_log_damage)
{
    _Alignas(8) uint8_t mem[200] = {0};
    struct ms_framelog log;
    struct ms_frame_rec rec;
    size_t pos = 0;
    ms_framelog_attach(&log, mem, sizeof mem);
    UNIT_NUM_EQ(ms_framelog_add(&log, 0, MS_DIR_RX, 1, "x", 1), 0);
    UNIT_NUM_EQ(ms_framelog_count(&log), 0);
    UNIT_NUM_EQ(ms_framelog_lost(&log), 0);
    ms_framelog_init(&log, mem, 8);
    UNIT_NUM_EQ(ms_framelog_add(&log, 0, MS_DIR_RX, 1, "x", 1), 0);
    ms_framelog_init(&log, mem, sizeof mem);
    UNIT_NUM_EQ(ms_framelog_add(&log, 0, MS_DIR_RX, 1, "x", 1), 1);
    for (size_t i = 8; i < sizeof mem; i++) {
        uint8_t keep = mem[i];
        mem[i] = 0xff;
        pos = 0;
        for (unsigned guard = 0; ms_framelog_next(&log, &pos, &rec); guard++) {
            ck_assert_uint_lt(guard, 100);
            ck_assert_uint_ge(rec.wire_len, rec.len);
            ck_assert(rec.octets >= mem && rec.octets + rec.len <= mem + sizeof mem);
        }
        mem[i] = keep;
    }
    pos = SIZE_MAX;
    ck_assert(!ms_framelog_next(&log, &pos, &rec));
}
END_TEST

START_TEST(events)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_trace t;
    ms_trace_init(&t, a, NULL);
    for (uint32_t i = 0; i < 100; i++) {
        struct ms_event *e = ms_trace_add(&t, MS_EV_NOTE, 1000 + i);
        UNIT_NUM_EQ(e->index, i);
        UNIT_NUM_EQ(e->time_ns, 1000 + i);
        ck_assert_str_eq(e->handle, "");
        ck_assert_str_eq(e->reqs, "");
    }
    UNIT_NUM_EQ(t.n, 100);
    UNIT_NUM_EQ(t.start_ns, 1000);
    ck_assert_str_eq(ms_verdict_name(MS_PASS), "pass");
    ck_assert_str_eq(ms_verdict_name(MS_ERROR), "error");
    ck_assert_str_eq(ms_verdict_name((enum ms_verdict)99), "?");
    ms_arena_free(a);
}
END_TEST

struct record {
    struct ms_arena *arena;
    struct ms_trace trace;
};

static void feed(struct play *p, const struct ms_seg *seg, int from, const char *label)
{
    struct record *r = p->ctx;
    struct ms_event *e = ms_trace_add(&r->trace, from == HOST_A ? MS_EV_SEND : MS_EV_RECV,
                                      5000000000 + p->packet * 1234567ull);
    e->packet = p->packet;
    e->handle = "A";
    e->automatic = strcmp(label, "dack2") == 0;
    e->seg = ms_seg_copy(r->arena, seg);
    ck_assert_ptr_ne(e->seg, seg);
    unit_octets_eq("payload", e->seg->payload, e->seg->payload_len, seg->payload, seg->payload_len);
    ck_assert_uint_eq(e->seg->n_opt, seg->n_opt);
}

static unsigned lines(const char *s)
{
    unsigned n = 0;
    for (; *s; s++)
        n += *s == '\n';
    return n;
}

START_TEST(ladder)
{
    struct record r = {.arena = ms_arena_new()};
    ms_trace_init(&r.trace, r.arena, NULL);
    struct play p = {.key = {1, 2}, .sink = feed, .ctx = &r};
    ms_trace_add(&r.trace, MS_EV_NOTE, 5000000000)->text = "start";
    play_all(&p);
    struct ms_buf out = {0};
    ms_trace_ladder(&r.trace, 0, 0, &out);
    UNIT_NUM_EQ(lines(out.data), p.packet);
    ck_assert_ptr_nonnull(strstr(out.data, "   1  0.001234  A  ----> SYN seq 0 "));
    ck_assert_ptr_nonnull(strstr(out.data, "   2  0.002469  A  <---- SYN+ACK seq 0 ack 1 "));
    ck_assert_ptr_nonnull(strstr(out.data, "   3  0.003703  A  ----> ACK seq 1 ack 1 "));
    ck_assert_ptr_nonnull(strstr(out.data, "....> "));
    ms_buf_free(&out);
    ms_trace_ladder(&r.trace, 4, 6, &out);
    UNIT_NUM_EQ(lines(out.data), 3);
    /* Numbers count from the SYN though it is not shown. */
    ck_assert_ptr_nonnull(strstr(out.data, "seq 1 ack 1 "));
    ms_buf_free(&out);
    ms_arena_free(r.arena);
}
END_TEST

/* Two stacks: each segment beside its host, numbers of each side by themselves. */
START_TEST(ladder_two_sides)
{
    static const struct {
        const char *at;
        enum ms_event_kind kind;
        uint32_t seq;
        const char *text, *want;
    } row[] = {
        {"client", MS_EV_RECV, 100, NULL, "   1  0.000001  client ---->        SYN seq 0 "},
        {"server", MS_EV_SEND, 900, "sequence number changed",
         "   2  0.000002         ----> server SYN seq 0 "},
        {"server", MS_EV_RECV, 500, NULL, "   3  0.000003         <---- server SYN seq 0 "},
        {"client", MS_EV_SEND, 700, NULL, "   4  0.000004  client <----        SYN seq 0 "},
        {"tester", MS_EV_SEND, 300, NULL, "   5  0.000005     ---->| SYN seq 0 "},
    };
    struct ms_arena *a = ms_arena_new();
    struct ms_trace t;
    struct ms_buf out = {0};
    ms_trace_init(&t, a, NULL);
    t.start_ns = 1;
    for (uint32_t i = 0; i < MS_ARRAY_LEN(row); i++) {
        struct ms_seg seg = {.family = MS_IPV4, .seq = row[i].seq, .flags = MS_TH_SYN};
        struct ms_event *e = ms_trace_add(&t, row[i].kind, 1 + (i + 1) * 1000);
        e->packet = i + 1;
        e->at = row[i].at;
        e->text = row[i].text;
        e->seg = ms_seg_copy(a, &seg);
    }
    ms_trace_ladder(&t, 0, 0, &out);
    for (size_t i = 0; i < MS_ARRAY_LEN(row); i++)
        ck_assert_msg(strstr(out.data, row[i].want) != NULL, "lacks '%s':\n%s", row[i].want,
                      out.data);
    ck_assert_ptr_nonnull(strstr(out.data, "  # sequence number changed\n"));
    ms_buf_free(&out);
    ms_arena_free(a);
}
END_TEST

START_TEST(attachments)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_trace t;
    ms_trace_init(&t, a, NULL);
    ms_trace_attach(&t, "client-nc.out", "a\0b", 3);
    ms_trace_attach(&t, "../etc/pass wd", NULL, 0);
    UNIT_NUM_EQ(t.n_attachments, 2);
    ck_assert_str_eq(t.attachment[0].name, "client-nc.out");
    unit_octets_eq("text", (const uint8_t *)t.attachment[0].octets, t.attachment[0].len, "a\0b", 3);
    ck_assert_str_eq(t.attachment[1].name, "_._etc_pass_wd");
    UNIT_NUM_EQ(t.attachment[1].len, 0);
    ms_arena_free(a);
}
END_TEST

/* More flows than the ladder remembers, and segments without their SYN. */
START_TEST(ladder_many)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_trace t;
    ms_trace_init(&t, a, NULL);
    t.start_ns = 100;
    for (uint16_t i = 0; i < 200; i++) {
        struct ms_seg *seg = ms_arena_alloc(a, sizeof *seg);
        *seg =
            (struct ms_seg){.family = MS_IPV4, .sport = i, .dport = 80, .seq = 4711, .flags = 16};
        struct ms_event *e = ms_trace_add(&t, MS_EV_SEND, 50);
        e->seg = seg;
        e->handle = NULL;
    }
    struct ms_buf out = {0};
    ms_trace_ladder(&t, 0, 0, &out);
    UNIT_NUM_EQ(lines(out.data), 200);
    ck_assert_ptr_nonnull(strstr(out.data, "seq 4711"));
    ms_buf_free(&out);
    ms_arena_free(a);
}
END_TEST

UNIT_MAIN("trace", frame_log, frame_log_damage, events, ladder, ladder_two_sides, attachments,
          ladder_many)
