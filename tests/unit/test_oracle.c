/* SPDX-License-Identifier: MIT */
/* The rules: an honest connection breaks none; each doctored segment breaks the rules that it should. */
#include "mptcp_doctors.h"

#include "mptcpspec/oracle.h"

struct judge {
    struct ms_oracle *oracle;
    char rules[512]; /* names in order of appearance, each once */
    unsigned findings;
    char text[512];
    unsigned seen_at;  /* observation of each segment; 0: that of the configuration */
    int tester;        /* host whose segments are the tester's; -1: both are judged */
    const char *fault; /* label that the tester sends as a fault */
};

static void on_finding(void *ctx, const struct ms_finding *f)
{
    struct judge *g = ctx;
    char word[64], have[520];
    g->findings++;
    snprintf(g->text, sizeof g->text, "%s: %s", f->rule->name, f->text);
    snprintf(word, sizeof word, " %s ", f->rule->name);
    snprintf(have, sizeof have, " %s ", g->rules);
    if (strstr(have, word))
        return;
    size_t at = strlen(g->rules);
    snprintf(g->rules + at, sizeof g->rules - at, "%s%s", at ? " " : "", f->rule->name);
}

static void feed(struct play *p, const struct ms_seg *seg, int from, const char *label)
{
    struct judge *g = p->ctx;
    struct ms_oracle_input in = {.seg = seg,
                                 .dir = from == g->tester ? MS_DIR_TX : MS_DIR_RX,
                                 .packet = p->packet,
                                 .observation = g->seen_at,
                                 .fault = g->fault && strcmp(g->fault, label) == 0};
    ms_oracle_segment(g->oracle, &in);
}

static struct play start(struct judge *g, int tester)
{
    struct ms_oracle_config cfg = {.observation = MS_OBS_RECEIVER,
                                   .complete = true,
                                   .judge_rx = true,
                                   .judge_tx = tester < 0,
                                   .finding = on_finding,
                                   .ctx = g};
    g->tester = tester;
    g->oracle = ms_oracle_new(&cfg);
    ck_assert_ptr_nonnull(g->oracle);
    return (struct play){.key = {0x0102030405060708, 0xa1b2c3d4e5f60718}, .sink = feed, .ctx = g};
}

/* Differences are gathered, so that a run shows all of them. */
static struct ms_buf wrong;

static void finish(struct judge *g, const char *want, const char *what)
{
    ms_oracle_end(g->oracle);
    ms_oracle_free(g->oracle);
    if (strcmp(g->rules, want) != 0)
        ms_buf_printf(&wrong, "\n  %s: want \"%s\", got \"%s\" (%s)", what, want, g->rules,
                      g->text);
}

static void all_right(void)
{
    if (wrong.len)
        ck_abort_msg("%s", wrong.data);
}

START_TEST(honest)
{
    for (int tester = -1; tester < 2; tester++)
        for (int kind = 0; kind < 4; kind++) {
            struct judge g = {0};
            struct play p = start(&g, tester);
            p.v6 = kind & 1;
            p.csum = kind & 2;
            play_all(&p);
            finish(&g, "", "honest");
        }
    all_right();
}
END_TEST

START_TEST(doctored)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(doctored_rows); i++) {
        char what[80];
        struct judge g = {0};
        struct play p = start(&g, doctored_rows[i].tester);
        snprintf(what, sizeof what, "row %zu, label %s", i, doctored_rows[i].label);
        p.csum = doctored_rows[i].csum;
        p.sick = doctored_rows[i].label;
        p.doctor = doctored_rows[i].doctor;
        play_all(&p);
        ck_assert_msg(p.cured, "%s never came", what);
        finish(&g, doctored_rows[i].want, what);
    }
    all_right();
}
END_TEST

START_TEST(whole_scenes)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(scenes); i++) {
        struct judge g = {0};
        struct play p = start(&g, scenes[i].tester);
        scenes[i].play(&p);
        finish(&g, scenes[i].want, scenes[i].name);
    }
    all_right();
}
END_TEST

/* After a fault of the tester the rules about behaviour rest, those about the own writing do not. */
START_TEST(fault_rests)
{
    static const struct {
        const char *fault, *sick;
        play_doctor *doctor;
        const char *want;
    } rows[] = {
        {"data1", "dack2", dack_more, "dack-range dack-back window-edge"},
        {"data2", "fin2-ack", dack_more, ""},
        {"synack", "jack", flip_hmac, ""},
        {"jsynack", "jack", flip_hmac, ""},
        {"synack", "jsyn", flip_token, ""},
        {"data2", "prio", reserved, "prio-reserved"},
        {"data2", "jack", reserved, "join-reserved"},
        {"add", "echo", other_addr, ""},
        /* What must not be taken is not taken from a tester that misbehaves either. */
        {"kack", "kack", flip_hmac, "join-ack-hmac-taken"},
        {"jsynack", "jsynack", flip_hmac, "join-synack-hmac-taken"},
        {"add", "add", flip_hmac, "add-addr-hmac-taken"},
        {"synack", "synack", no_h, "capable-answer-algorithm"},
        {"data2", "jsynack", flip_hmac, ""},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        char what[80];
        struct judge g = {.fault = rows[i].fault};
        struct play p = start(&g, HOST_B);
        if (i == 0)
            g.fault = NULL; /* the control */
        snprintf(what, sizeof what, "fault %s, then %s", rows[i].fault, rows[i].sick);
        p.sick = rows[i].sick;
        p.doctor = rows[i].doctor;
        play_all(&p);
        finish(&g, rows[i].want, what);
    }
    all_right();
}
END_TEST

START_TEST(table_is_sound)
{
    size_t n = 0;
    for (; ms_rules[n]; n++) {
        const struct ms_rule *r = ms_rules[n];
        ck_assert_ptr_eq(ms_rule_find(r->name), r);
        ck_assert(r->check || r->end);
        ck_assert_msg(r->observation && r->doc[0] && r->conditions, "%s", r->name);
        for (const char *id = r->reqs; *id; id += strspn(id, ", "))
            ck_assert_msg(strncmp(id, "R-", 2) == 0 && (id += strcspn(id, ",")), "%s: %s", r->name,
                          id);
    }
    ck_assert_uint_ge(n, 85);
    ck_assert_ptr_null(ms_rule_find("no-such-rule"));
    ms_oracle_free(NULL);
}
END_TEST

/* A place of observation from which a rule must not be judged. */
START_TEST(observation)
{
    struct judge g = {0};
    struct ms_oracle_config cfg = {.observation = MS_OBS_SENDER,
                                   .judge_rx = true,
                                   .judge_tx = true,
                                   .finding = on_finding,
                                   .ctx = &g};
    struct play p = start(&g, -1);
    ms_oracle_free(g.oracle);
    g.oracle = ms_oracle_new(&cfg);
    p.sick = "dack1";
    p.doctor = tcp_csum;
    play_all(&p);
    finish(&g, "", "checksum at the sender");

    /* The place of a single segment goes before that of the configuration. */
    struct judge one = {.seen_at = MS_OBS_SENDER};
    p = start(&one, -1);
    p.sick = "dack1";
    p.doctor = tcp_csum;
    play_all(&p);
    finish(&one, "", "checksum of segments seen at the sender");
    all_right();
}
END_TEST

/* Data beyond the windows: whether one that the peer gave up would have allowed it is told, and is no excuse. */
START_TEST(window_given_up)
{
    static const struct {
        void (*play)(struct play *p);
        bool told;
    } rows[] = {{scene_window_before_smaller, true}, {scene_window_passed, false}};
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        struct judge g = {0};
        struct play p = start(&g, -1);
        rows[i].play(&p);
        ck_assert_str_eq(g.rules, "window-connection");
        ck_assert_msg((strstr(g.text, "before it got smaller") != NULL) == rows[i].told, "%s",
                      g.text);
        finish(&g, "window-connection", "a window that got smaller");
    }
    all_right();
}
END_TEST

UNIT_MAIN("oracle", honest, doctored, whole_scenes, fault_rests, table_is_sound, observation,
          window_given_up)
