/* SPDX-License-Identifier: MIT */
/* What is right: the plan that a case becomes. Mistakes are in test_lang_wrong.c. */
#include "unit.h"

#include <unistd.h>

#include "lang_env.h"

#define FRONT "case a.b\npurpose \"p\"\niut listener\n"
#define OPEN  FRONT "A: handshake\n"
#define JUDGE "A: expect RST [R-3.1-01]\n"

static struct ms_arena *arena;

/* Parses a case that has to be right. */
static const struct ms_case *parse(const char *text)
{
    struct ms_diags d = {.arena = arena};
    const struct ms_case *c = ms_case_parse(arena, "x.case", text, strlen(text), &env, &d);
    ck_assert_msg(c != NULL, "%s", env_mistakes(arena, &d));
    UNIT_NUM_EQ(d.n, 0);
    return c;
}

/* Step `i` of a case that stands behind an opened connection and ends with a judgement. */
static const struct ms_step *step(const char *text, size_t i)
{
    const struct ms_case *c = parse(ms_arena_printf(arena, OPEN "%s\n" JUDGE, text));
    ck_assert_msg(i + 1 < c->steps.n, "%zu steps only", c->steps.n);
    return &c->steps.step[i + 1];
}

static void setup(void)
{
    arena = ms_arena_new();
}

START_TEST(whole_case)
{
    setup();
    const struct ms_case *c =
        parse("# A comment.\r\n"
              "\n"
              "case   join.listener.ack-hmac-wrong   # the name\n"
              "purpose \"A wrong HMAC: \\\"reset\\\".\"\n"
              "family ipv6, ipv4\n"
              "iut listener\n"
              "topology one-path\n"
              "needs echo, sysctl net.mptcp.enabled,\n"
              "      counters\n"
              "needs app\n"
              "tags join, slow-one\n"
              "foreach len in 4, 12\n"
              "foreach how in plain, \"a b\", x\"0a 0b\", t2\n"
              "sysctl net.ipv4.tcp_congestion_control = reno\n"
              "position join-port listener\n"
              "position early-join both\n"
              "altered \"rx flip mp_join.hmac\" fails R-3.2-14, R-3.2-34\n"
              "    when len = 4, family = ipv6\n"
              "A: handshake(checksum, from = t1, key = 0x1122334455667788, no ts)\n"
              "B: send   SYN mp_join(token, id = 1)\n"
              "B: expect SYN+ACK mp_join(hmac, id = any, nonce as n) as answer within 200ms\n"
              "B: send   ACK mp_join(hmac = flip(hmac))\n"
              "B: expect RST [R-3.2-34] mp_tcprst(reason = 1) [R-3.2-32, R-3.2-34]\n"
              "A: expect data_acked   # the control\n"
              "iut: received 12 octets, unchanged [R-C.1.1-01] within 3s\n");
    ck_assert_str_eq(c->name, "join.listener.ack-hmac-wrong");
    ck_assert_str_eq(c->purpose, "A wrong HMAC: \"reset\".");
    UNIT_NUM_EQ(c->role, MS_ROLE_LISTENER);
    ck_assert(c->family4 && c->family6);
    ck_assert_str_eq(c->service, "echo");
    UNIT_NUM_EQ(c->n_needs, 3);
    ck_assert_str_eq(c->needs[0], "sysctl:net.mptcp.enabled");
    ck_assert_str_eq(c->needs[1], "counters");
    ck_assert_str_eq(c->tag[1], "slow-one");
    UNIT_NUM_EQ(c->n_positions, 2);
    ck_assert_ptr_eq(c->position[0].position, ms_position_find("join-port"));
    UNIT_NUM_EQ(c->position[0].reading, 1);
    UNIT_NUM_EQ(c->position[1].reading, 0);
    UNIT_NUM_EQ(c->position[1].loc.column, 10);
    ck_assert_str_eq(c->section, "3.2");
    UNIT_NUM_EQ(c->n_reqs, 3);
    ck_assert_str_eq(c->req[0]->id, "R-3.2-32");
    UNIT_NUM_EQ(c->n_handles, 2);
    UNIT_NUM_EQ(c->loc.line, 3);
    UNIT_NUM_EQ(c->loc.column, 8);

    UNIT_NUM_EQ(c->n_foreach, 2);
    ck_assert_str_eq(c->foreach[0].label[1], "12");
    UNIT_NUM_EQ(c->foreach[0].value[1]->num, 12);
    UNIT_NUM_EQ(c->foreach[1].value[0]->kind, MS_X_STRING);
    ck_assert_str_eq(c->foreach[1].label[0], "plain");
    ck_assert_str_eq(c->foreach[1].label[1], "a b");
    UNIT_NUM_EQ(c->foreach[1].value[2]->kind, MS_X_OCTETS);
    ck_assert_str_eq(c->foreach[1].label[2], "x\"0a0b\"");
    UNIT_NUM_EQ(c->foreach[1].value[3]->kind, MS_X_NAME);

    UNIT_NUM_EQ(c->n_altered, 1);
    ck_assert_str_eq(c->altered[0].rewrite[0], "rx flip mp_join.hmac");
    UNIT_NUM_EQ(c->altered[0].fails.n, 2);
    UNIT_NUM_EQ(c->altered[0].n_when, 2);
    ck_assert_str_eq(c->altered[0].when[1].value->text, "ipv6");

    UNIT_NUM_EQ(c->steps.n, 8);
    const struct ms_step *s = c->steps.step;
    UNIT_NUM_EQ(s[0].kind, MS_STEP_VERB);
    ck_assert_str_eq(s[0].name, "sysctl");
    ck_assert_str_eq(s[0].arg[0].name, "net.ipv4.tcp_congestion_control");
    ck_assert_str_eq(s[0].arg[0].value->text, "reno");
    UNIT_NUM_EQ(s[0].arg[0].value->kind, MS_X_STRING);

    UNIT_NUM_EQ(s[1].kind, MS_STEP_GROUP);
    ck_assert_str_eq(s[1].subject, "A");
    UNIT_NUM_EQ(s[1].n_args, 4);
    ck_assert_ptr_null(s[1].arg[0].value);
    UNIT_NUM_EQ(s[1].arg[2].value->num, 0x1122334455667788);
    ck_assert(s[1].arg[3].negated);

    UNIT_NUM_EQ(s[2].seg->flags, MS_TH_SYN);
    UNIT_NUM_EQ(s[2].seg->n_opts, 1);
    ck_assert_str_eq(s[2].seg->opt[0].name->name, "mp_join");
    ck_assert_str_eq(s[2].seg->opt[0].field[1]->name, "id");
    ck_assert_str_eq(s[3].seg->opt[0].arg[2].bind, "n");
    UNIT_NUM_EQ(s[3].seg->opt[0].arg[1].value->kind, MS_X_ANY);
    ck_assert_str_eq(s[3].seg->as, "answer");
    UNIT_NUM_EQ(s[3].within_ns, 200000000);
    ck_assert_str_eq(
        s[3].text, "B: expect SYN+ACK mp_join(hmac, id = any, nonce as n) as answer within 200ms");
    UNIT_NUM_EQ(s[4].seg->opt[0].arg[0].value->kind, MS_X_CALL);

    UNIT_NUM_EQ(s[5].seg->tags.n, 1);
    UNIT_NUM_EQ(s[5].seg->opt[0].tags.n, 2);
    UNIT_NUM_EQ(s[6].kind, MS_STEP_STATE);
    ck_assert_str_eq(s[6].text, "A: expect data_acked");
    UNIT_NUM_EQ(s[7].kind, MS_STEP_RECEIVED);
    ck_assert(s[7].flag);
    UNIT_NUM_EQ(s[7].value->num, 12);
    UNIT_NUM_EQ(s[7].within_ns, 3000000000);
    ms_arena_free(arena);
}
END_TEST

START_TEST(segment_items)
{
    setup();
    const struct ms_segspec *g = step("A: send ACK+PSH data 10 variant 1 seq = A.snd_nxt - 1 win=0 "
                                      "no dss ts(val = 1,\n ecr = 2) "
                                      "mss(1460) wscale(7) raw(x\"1e 03\") commit keep as s",
                                      0)
                                     ->seg;
    UNIT_NUM_EQ(g->flags, MS_TH_ACK | MS_TH_PSH);
    UNIT_NUM_EQ(g->payload, MS_PAYLOAD_STREAM);
    UNIT_NUM_EQ(g->payload_len->num, 10);
    UNIT_NUM_EQ(g->variant->num, 1);
    UNIT_NUM_EQ(g->n_fields, 2);
    ck_assert_str_eq(g->field[0]->name, "seq");
    UNIT_NUM_EQ(g->fields[0].value->op, '-');
    UNIT_NUM_EQ(g->n_opts, 5);
    ck_assert(g->opt[0].negated);
    UNIT_NUM_EQ(g->opt[1].n_args, 2);
    ck_assert_str_eq(g->opt[2].arg[0].name, "value");
    UNIT_NUM_EQ(g->opt[2].arg[0].value->num, 1460);
    ck_assert_str_eq(g->opt[4].arg[0].name, "octets");
    UNIT_NUM_EQ(g->opt[4].arg[0].value->len, 2);
    ck_assert(g->commit && g->keep && !g->strict);

    g = step("A: expect any no mptcp strict on any within 1s nodata [R-3.1-01] win >= 5 urg != 0 "
             "ttl < 9 len <= 3",
             0)
            ->seg;
    ck_assert(g->any_flags && g->strict && g->on_any && !g->has_flags);
    UNIT_NUM_EQ(g->payload, MS_PAYLOAD_NONE);
    UNIT_NUM_EQ(g->fields[0].cmp, MS_CMP_GE);
    UNIT_NUM_EQ(g->fields[1].cmp, MS_CMP_NE);
    UNIT_NUM_EQ(g->fields[2].cmp, MS_CMP_LT);
    UNIT_NUM_EQ(g->fields[3].cmp, MS_CMP_LE);
    UNIT_NUM_EQ(g->tags.n, 1);

    g = step("A: expect ACK options { nop, nop, ts [R-3.1-01], dss(ack, no map, dack > 5 as d) } "
             "data any",
             0)
            ->seg;
    ck_assert(g->exact_options);
    UNIT_NUM_EQ(g->n_opts, 4);
    UNIT_NUM_EQ(g->opt[2].tags.n, 1);
    ck_assert(g->opt[3].arg[1].negated);
    ck_assert_ptr_null(g->opt[3].field[1]);
    UNIT_NUM_EQ(g->opt[3].arg[2].cmp, MS_CMP_GT);
    ck_assert_str_eq(g->opt[3].arg[2].bind, "d");

    g = step("A: expect ACK options { }", 0)->seg;
    ck_assert(g->exact_options);
    UNIT_NUM_EQ(g->n_opts, 0);

    g = step("A: send ACK data \"a\\n\\t\\\\\\\"\\x00z\"", 0)->seg;
    UNIT_NUM_EQ(g->payload, MS_PAYLOAD_LITERAL);
    unit_octets_eq("string", g->payload_octets->octets, g->payload_octets->len, "a\n\t\\\"\0z", 7);
    g = step("A: send ACK data concat(x\"00\", \"a\")", 0)->seg;
    UNIT_NUM_EQ(g->payload, MS_PAYLOAD_LITERAL);

    /* A field of the header may be bound, and the segment named as well. */
    const struct ms_segspec *b =
        step("A: expect ACK seq as q win > 5 as it\nlet later = q + 1", 0)->seg;
    ck_assert_str_eq(b->fields[0].bind, "q");
    ck_assert_ptr_null(b->fields[0].value);
    ck_assert_ptr_null(b->fields[1].bind);
    ck_assert_str_eq(b->as, "it");
    ms_arena_free(arena);
}
END_TEST

START_TEST(steps)
{
    setup();
    const struct ms_step *s =
        step("B: new(of = A, from = t2, to = 192.0.2.1, path = 1, sport = 5)", 0);
    UNIT_NUM_EQ(s->kind, MS_STEP_NEW);
    UNIT_NUM_EQ(s->arg[2].value->kind, MS_X_ADDR);
    s = step("A: hold ACK data 5 as late\nA: resend late", 1);
    UNIT_NUM_EQ(s->kind, MS_STEP_RESEND);
    ck_assert_str_eq(s->name, "late");
    s = step("A: expect no RST until { A: send ACK; A: expect acked }", 0);
    UNIT_NUM_EQ(s->kind, MS_STEP_EXPECT_NO);
    UNIT_NUM_EQ(s->block[0].n, 2);
    ck_assert_str_eq(s->block[0].step[0].text, "A: send ACK");
    s = step("A: expect stream 5 octets within 1s [R-3.1-01]", 0);
    UNIT_NUM_EQ(s->kind, MS_STEP_STATE);
    ck_assert_str_eq(s->arg[0].name, "octets");
    UNIT_NUM_EQ(s->value->num, 5);
    UNIT_NUM_EQ(s->tags.n, 1);
    s = step("A: auto data_ack off", 0);
    UNIT_NUM_EQ(s->kind, MS_STEP_AUTO);
    ck_assert(!s->flag);
    s = step("let x = A.key\nlet y = x + 1", 1);
    UNIT_NUM_EQ(s->kind, MS_STEP_LET);
    ck_assert_str_eq(s->name, "y");
    s = step("either {\n A: expect RST as s\n let q = 1\n}\n\nor { A: expect no FIN until { A: "
             "expect acked } }\n"
             "or {\n iut: expect eof\n let q = 2 }\nlet r = q\nA: resend s",
             0);
    UNIT_NUM_EQ(s->kind, MS_STEP_EITHER);
    UNIT_NUM_EQ(s->n_blocks, 3);
    UNIT_NUM_EQ(s->block[0].n, 2);
    ck_assert_str_eq(s->text, "either {");
    s = step("all { A: expect FIN; A: expect acked; iut: expect eof; iut: received 5 octets }", 0);
    UNIT_NUM_EQ(s->kind, MS_STEP_ALL);
    UNIT_NUM_EQ(s->block[0].n, 4);
    s = step("from now no RST", 0);
    UNIT_NUM_EQ(s->kind, MS_STEP_GUARD);
    ck_assert_ptr_null(s->subject);
    s = step("from now B: no SYN mp_join [R-3.1-01]", 0);
    ck_assert_str_eq(s->subject, "B");
    UNIT_NUM_EQ(s->seg->opt[0].tags.n, 1);
    s = step("path 1 restore", 0);
    UNIT_NUM_EQ(s->kind, MS_STEP_PATH);
    UNIT_NUM_EQ(s->value->num, 1);
    ck_assert_str_eq(s->name, "restore");
    s = step("strict on", 0);
    UNIT_NUM_EQ(s->kind, MS_STEP_STRICT);
    ck_assert(s->flag);
    ms_arena_free(arena);
}
END_TEST

START_TEST(iut_steps)
{
    setup();
    const struct ms_step *s = step("iut: endpoint add i1 signal backup id = 5 port = 1234", 0);
    UNIT_NUM_EQ(s->kind, MS_STEP_VERB);
    UNIT_NUM_EQ(s->n_args, 6);
    ck_assert_ptr_null(s->arg[1].name);
    ck_assert_str_eq(s->arg[2].value->text, "signal");
    ck_assert_str_eq(s->arg[5].name, "port");
    s = step("iut: connect(to = t1, port = 5,\n sport = 6, plain)", 0);
    UNIT_NUM_EQ(s->n_args, 4);
    ck_assert_str_eq(s->arg[3].name, "plain");
    ck_assert_ptr_null(s->arg[3].value);
    s = step(
        "iut(A): expect counter MPTcpExt.MPJoinSynRx >= 1, Tcp.InSegs > A.mss [R-3.1-01] within 2s",
        0);
    UNIT_NUM_EQ(s->kind, MS_STEP_IUT_EXPECT);
    ck_assert_str_eq(s->on, "A");
    ck_assert_str_eq(s->arg[0].name, "MPTcpExt.MPJoinSynRx");
    UNIT_NUM_EQ(s->arg[0].cmp, MS_CMP_GE);
    ck_assert_str_eq(s->arg[1].name, "Tcp.InSegs");
    UNIT_NUM_EQ(s->within_ns, 2000000000);
    s = step("iut: sysctl net.mptcp.enabled = 0", 0);
    ck_assert_str_eq(s->arg[0].name, "net.mptcp.enabled");
    s = step("iut: linger -1", 0);
    UNIT_NUM_EQ(s->arg[0].value->kind, MS_X_NEG);
    s = step("iut: send A.mss * 2", 0);
    UNIT_NUM_EQ(s->arg[0].value->kind, MS_X_BIN);
    ms_arena_free(arena);
}
END_TEST

/* Prefix form of an expression. */
static void show(const struct ms_expr *e, struct ms_buf *b)
{
    switch (e->kind) {
    case MS_X_NUM:
        ms_buf_printf(b, "%llu", (unsigned long long)e->num);
        return;
    case MS_X_PROP:
        ms_buf_printf(b, "%s.%s", e->text, e->prop);
        return;
    case MS_X_OCTETS:
    case MS_X_STRING:
        ms_buf_printf(b, "%zu octets", e->len);
        return;
    case MS_X_ADDR: {
        char text[46];
        ms_buf_puts(b, ms_addr_text(&e->addr, text));
        return;
    }
    case MS_X_BIN:
        ms_buf_printf(b, "(%c", e->op);
        break;
    case MS_X_NEG:
        ms_buf_puts(b, "(neg");
        break;
    default:
        ms_buf_printf(b, "(%s", e->text);
        break;
    }
    for (size_t i = 0; i < e->n_args; i++) {
        ms_buf_puts(b, " ");
        show(e->arg[i], b);
    }
    ms_buf_puts(b, ")");
}

START_TEST(expressions)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"1 + 2 * 3 - 4", "(- (+ 1 (* 2 3)) 4)"},
        {"1 | 2 ^ 3 & 4 << 5 >> 6 % 7 / 8", "(| 1 (^ 2 (& 3 (r (l 4 5) (/ (% 6 7) 8)))))"},
        {"-(1 - 2) * - 3", "(* (neg (- 1 2)) (neg 3))"},
        {"0xff", "255"},
        {"0xFFFFFFFFFFFFFFFF", "18446744073709551615"},
        {"18446744073709551615", "18446744073709551615"},
        {"64k", "65536"},
        {"2M", "2097152"},
        {"0x112233445566778899", "9 octets"},
        {"x\"\"", "0 octets"},
        {"x\"00 FF\t0a\"", "3 octets"},
        {"\"a # b\"", "5 octets"},
        {"192.0.2.1", "192.0.2.1"},
        {"[2001:db8::1]", "2001:db8::1"},
        {"A.snd_nxt-1", "(- A.snd_nxt 1)"},
        {"random()", "(random)"},
        {"csum(1, 2, 3)", "(csum 1 2 3)"},
        {"flip( low32(\n 1 # comment\n ) )", "(flip (low32 1))"},
        {"t1", "(t1)"},
    };
    setup();
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        struct ms_buf b = {0};
        show(step(ms_arena_printf(arena, "let q = %s", rows[i].text), 0)->value, &b);
        ck_assert_msg(strcmp(b.data, rows[i].want) == 0, "%s: want %s, got %s", rows[i].text,
                      rows[i].want, b.data);
        ms_buf_free(&b);
    }
    ms_arena_free(arena);
}
END_TEST

/* ---- every word of every table, once ------------------------------------------------------------------ */

/* A call of the function with numbers. */
static const char *call(const struct ms_word *f)
{
    const char *args = "";
    size_t n = 0;
    for (const char *s = f->args; *s != '\0'; s += strcspn(s, " "), s += strspn(s, " "))
        args = ms_arena_printf(arena, "%s%s1", args, n++ > 0 ? ", " : "");
    return ms_arena_printf(arena, "%s(%s)", f->name, args);
}

/* The first word of a space-separated list. */
static const char *first(const char *list)
{
    return ms_arena_strndup(arena, list, strcspn(list, " "));
}

START_TEST(words_of_handles)
{
    setup();
    for (const struct ms_word *w = ms_groups; w->name != NULL; w++) {
        step(ms_arena_printf(arena, "A: %s", w->name), 0);
        for (const char *s = w->args; *s != '\0'; s += strcspn(s, " "), s += strspn(s, " ")) {
            const char *value = strncmp(s, "of ", 3) == 0                                  ? "A"
                                : strncmp(s, "from ", 5) == 0 || strncmp(s, "to ", 3) == 0 ? "t1"
                                                                                           : "1";
            step(ms_arena_printf(arena, "A: %s(%s = %s)", w->name, first(s), value), 0);
        }
    }
    for (const struct ms_word *w = ms_states; w->name != NULL; w++)
        step(ms_arena_printf(arena, "A: expect %s%s", w->name,
                             w->args[0] != '\0' ? " 5 octets" : ""),
             0);
    for (const struct ms_word *w = ms_autos; w->name != NULL; w++)
        ck_assert(step(ms_arena_printf(arena, "A: auto %s on", w->name), 0)->flag);
    for (const struct ms_word *w = ms_props; w->name != NULL; w++)
        step(ms_arena_printf(arena, "let q = A.%s", w->name), 0);
    for (const struct ms_word *w = ms_functions; w->name != NULL; w++)
        step(ms_arena_printf(arena, "let q = %s", call(w)), 0);
    ms_arena_free(arena);
}
END_TEST

START_TEST(words_of_the_iut)
{
    static const char *const lines[] = {
        "listen port = 80",
        "connect to = t1 from = i1 port = 1 sport = 2 plain",
        "send 5",
        "recv 5",
        "shutdown write",
        "close",
        "close_listener",
        "stop_reading",
        "start_reading",
        "urgent",
        "linger 0",
        "sockopt nodelay = 1",
        "sysctl net.x = \"a b\"",
        "endpoint del id = 5",
        "endpoint flags i1 backup",
        "endpoint flush",
        "limits subflows = 2 add_addr_accepted = 2",
        "addr add 192.0.2.9 path = 1 prefix = 24",
        "addr del i1",
        "link down path = 1",
        "names",
        "info",
        "counters",
        "expect connected",
        "expect full_info num_subflows = 2",
        "expect accepted",
        "expect eof",
        "expect error",
        "expect error EPIPE",
        "expect sent",
        "expect counter a.b = 1",
        "expect info subflows = 1",
        "expect fallback",
        "expect names A",
        "expect event SF_CLOSED",
    };
    setup();
    for (size_t i = 0; i < MS_ARRAY_LEN(lines); i++)
        step(ms_arena_printf(arena, "iut: %s", lines[i]), 0);
    const struct ms_word *const tables[] = {ms_iut_verbs, ms_iut_expects};
    for (size_t t = 0; t < MS_ARRAY_LEN(tables); t++)
        for (const struct ms_word *w = tables[t]; w->name != NULL; w++) {
            const char *line = ms_arena_printf(arena, "%s%s", t == 1 ? "expect " : "", w->name);
            bool found = false;
            for (size_t i = 0; i < MS_ARRAY_LEN(lines); i++)
                found = found || strncmp(lines[i], line, strlen(line)) == 0;
            ck_assert_msg(found, "no line tries '%s'", line);
            ck_assert_msg(w->doc != NULL && w->doc[0] != '\0', "'%s' is not explained", line);
        }
    ms_arena_free(arena);
}
END_TEST

START_TEST(words_of_segments)
{
    setup();
    for (const struct ms_option_name *o = ms_option_names; o->name != NULL; o++) {
        const struct ms_step *s = step(ms_arena_printf(arena, "A: expect any %s", o->name), 0);
        UNIT_NUM_EQ(s->seg->n_opts, 1);
        step(ms_arena_printf(arena, "A: expect any no %s", o->name), 0);
    }
    for (const struct ms_field *f = ms_fields; f->option != NULL; f++) {
        const bool tcp = strcmp(f->option, "tcp") == 0;
        const char *value = f->type == MS_V_OCTETS ? "x\"00\"" : f->type == MS_V_ADDR ? "t1" : "1";
        const struct ms_step *s = step(
            ms_arena_printf(arena, tcp ? "A: expect any %s%s = %s" : "A: expect any %s(%s = %s)",
                            tcp ? "" : f->option, f->name, value),
            0);
        ck_assert_ptr_eq(tcp ? s->seg->field[0] : s->seg->opt[0].field[0], f);
    }
    for (const struct ms_word *w = ms_pseudo_args; w->name != NULL; w++) {
        const size_t dot = strcspn(w->name, ".");
        step(ms_arena_printf(arena, "A: expect any %.*s(%s)", (int)dot, w->name, w->name + dot + 1),
             0);
        step(ms_arena_printf(arena, "A: expect any %.*s(no %s)", (int)dot, w->name,
                             w->name + dot + 1),
             0);
    }
    ms_arena_free(arena);
}
END_TEST

/* ---- instances and files ------------------------------------------------------------------------------ */

START_TEST(instances)
{
    setup();
    size_t n = 0;
    const struct ms_case *c =
        parse("case a.b\npurpose \"p\"\niut initiator\nforeach v in 0, 2\nforeach w in x, y, z\n"
              "A: handshake(mss = v)\n" JUDGE);
    const struct ms_instance *list = ms_case_instances(arena, c, &n);
    UNIT_NUM_EQ(n, 12);
    ck_assert_str_eq(list[0].name, "a.b/ipv4/v=0,w=x");
    ck_assert_str_eq(list[1].name, "a.b/ipv4/v=0,w=y");
    ck_assert_str_eq(list[3].name, "a.b/ipv4/v=2,w=x");
    ck_assert_str_eq(list[11].name, "a.b/ipv6/v=2,w=z");
    UNIT_NUM_EQ(list[11].pick[0], 1);
    UNIT_NUM_EQ(list[11].pick[1], 2);
    UNIT_NUM_EQ(list[11].family, MS_IPV6);
    c = parse("case a.b\npurpose \"p\"\niut listener\nfamily ipv6\nsection C.1\nneeds source "
              "64k\nA: handshake\n" JUDGE);
    list = ms_case_instances(arena, c, &n);
    UNIT_NUM_EQ(n, 1);
    ck_assert_str_eq(list[0].name, "a.b/ipv6");
    ck_assert_str_eq(c->section, "C.1");
    UNIT_NUM_EQ(c->service_arg, 65536);
    ms_arena_free(arena);
}
END_TEST

START_TEST(files)
{
    setup();
    char path[] = "/tmp/lang-XXXXXX";
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    char *text = NULL;
    size_t len = 9;
    struct ms_error err = {0};
    UNIT_NUM_EQ(ms_file_read(arena, path, &text, &len, &err), MS_OK);
    UNIT_NUM_EQ(len, 0);
    ck_assert_int_eq(write(fd, "case a\n", 7), 7);
    UNIT_NUM_EQ(ms_file_read(arena, path, &text, &len, &err), MS_OK);
    unit_octets_eq("file", text, len, "case a\n", 7);
    ck_assert_int_eq(ftruncate(fd, (1 << 20) + 1), 0);
    UNIT_NUM_EQ(-ms_file_read(arena, path, &text, &len, &err), -MS_ERR_RANGE);
    close(fd);
    unlink(path);
    UNIT_NUM_EQ(-ms_file_read(arena, path, &text, &len, &err), -MS_ERR_SYS);
    UNIT_NUM_EQ(-ms_file_read(arena, "/", &text, &len, &err), -MS_ERR_SYS);
    ms_arena_free(arena);
}
END_TEST

/* ---- documentation ------------------------------------------------------------------------------------ */

/* The word stands in code font: behind a backquote, a blank or a dot, and ends there. */
static bool documented(const char *doc, const char *word)
{
    const size_t n = strlen(word);
    for (const char *s = doc; (s = strstr(s, word)) != NULL; s++)
        if (s > doc && strchr("` .,(", s[-1]) != NULL && strchr("` (,;=", s[n]) != NULL)
            return true;
    return false;
}

START_TEST(every_word_is_documented)
{
    setup();
    char *doc = NULL;
    size_t len = 0;
    struct ms_error err = {0};
    ck_assert_msg(ms_file_read(arena, "docs/case-language.md", &doc, &len, &err) == MS_OK, "%s",
                  err.msg);
    const struct ms_word *const tables[] = {ms_groups,        ms_states,           ms_autos,
                                            ms_props,         ms_functions,        ms_iut_verbs,
                                            ms_iut_expects,   ms_host_verbs,       ms_host_expects,
                                            ms_transfer_args, ms_transfer_expects, ms_wire_expects};
    for (size_t t = 0; t < MS_ARRAY_LEN(tables); t++)
        for (const struct ms_word *w = tables[t]; w->name != NULL; w++) {
            ck_assert_msg(documented(doc, w->name), "'%s' is not in docs/case-language.md",
                          w->name);
            for (const char *s = t == 0 ? w->args : ""; *s != '\0';
                 s += strcspn(s, " "), s += strspn(s, " "))
                ck_assert_msg(documented(doc, first(s)), "'%s' is not in docs/case-language.md",
                              first(s));
        }
    for (const struct ms_word *w = ms_pseudo_args; w->name != NULL; w++)
        ck_assert_msg(documented(doc, strchr(w->name, '.') + 1),
                      "'%s' is not in docs/case-language.md", w->name);
    for (const struct ms_option_name *o = ms_option_names; o->name != NULL; o++)
        ck_assert_msg(documented(doc, o->name), "'%s' is not in docs/case-language.md", o->name);
    for (const struct ms_field *f = ms_fields; f->option != NULL; f++)
        ck_assert_msg(documented(doc, f->name), "'%s.%s' is not in docs/case-language.md",
                      f->option, f->name);
    for (const struct ms_rewrite_entry *r = ms_rewrite_table; r->name != NULL; r++)
        ck_assert_msg(documented(doc, r->name), "'%s' is not in docs/case-language.md", r->name);
    ms_arena_free(arena);
}
END_TEST

UNIT_MAIN("lang", whole_case, segment_items, steps, iut_steps, expressions, words_of_handles,
          words_of_the_iut, words_of_segments, instances, files, every_word_is_documented)
