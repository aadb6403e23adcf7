/* SPDX-License-Identifier: MIT */
/*
 * One doctored capture for each rule of the oracle: an honest connection in which one thing is wrong. lint reports
 * that rule, and beside it only what it implies.
 */
#include "judge.h"
#include "record.h"

/* What else one wrong thing breaks, and why. */
static const struct {
    const char *rule, *implied, *why;
} implied[] = {
    {"capable-form", "capable-first-flow", "the RST with it belongs to a joined subflow"},
    {"capable-form", "mapping-until-ack", "without the length the data has no mapping"},
    {"capable-version", "capable-version-offered", "a version that is unknown was not offered"},
    {"capable-algorithm", "capable-algorithm-chosen", "a bit that stands for none was not offered"},
    {"csum-infinite", "mptcp-after-fallback", "the connection goes on as if it were no fallback"},
    {"mapping-first", "dsn-same-octet", "the octets that follow are the true ones of their DSN"},
    {"mapping-fixed", "dsn-same-octet", "octets of two DSNs cannot be right in both"},
    {"dsn-same-octet", "tcp-same-octet", "the segment is a repetition on the same subflow"},
    {"dack-range", "dack-back", "the next Data ACK is right again"},
    {"fin-alone", "fin-fixed", "another length is another place of the DATA_FIN"},
    {"fin-last", "fin-fixed", "the true DATA_FIN comes later"},
    {"join-form", "join-ack-hmac", "the option that stands there has no HMAC of these keys"},
    {"join-ack-hmac", "join-synack-hmac", "both HMACs are made with the random number"},
    {"join-synack-hmac", "join-ack-hmac", "both HMACs are made with the random number"},
    {"mapping-until-ack", "dack-range", "what was sent without a mapping is acknowledged"},
    {"join-early-data", "mapping-until-ack", "data on the third packet has no room for a mapping"},
    {"remove-addr-length", "id-one-address", "the id that it meant to remove is used again"},
    {"capable-length", "mptcp-after-fallback", "the SYN opens nothing then"},
    {"join-length", "mptcp-after-fallback", "the SYN opens nothing then"},
    {"add-addr-length", "echo-matches", "its echo has no announcement then"},
};

/* Rules that a capture file needs more for than `complete` gives. */
static const struct {
    const char *rule;
    unsigned at;
    const char *why;
} place[] = {
    {"join-id-one-address", MS_OBS_SENDER, "an address translator may have changed the source"},
};

/* Rules that need a complete capture for at least one of the wrongs here: some packet may be missing elsewhere. */
static const struct {
    const char *rule, *missing;
} complete[] = {
    {"echo-matches", "the announcement"},
    {"id-one-address", "the REMOVE_ADDR before"},
    {"join-id-one-address", "the REMOVE_ADDR before"},
    {"join-before-dss", "a DSS of the peer"},
    {"join-early-data", "the fourth packet of the handshake"},
    {"join-token", "the connection that the token belongs to"},
    {"key-unique", "the end of the other connection"},
    {"capable-third", "the third packet of the handshake"},
    {"dack-range", "data on this or another subflow"},
};

static bool needs_complete(const char *rule)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(complete); i++)
        if (strcmp(complete[i].rule, rule) == 0)
            return true;
    return false;
}

static bool is_implied(const char *rule, const char *found)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(implied); i++)
        if (strcmp(implied[i].rule, rule) == 0 && strcmp(implied[i].implied, found) == 0)
            return true;
    return false;
}

static unsigned place_of(const char *rule)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(place); i++)
        if (strcmp(place[i].rule, rule) == 0)
            return place[i].at;
    return MS_OBS_MIDDLE;
}

static struct judgement judge_as(const struct capture *c, bool all_there, unsigned at)
{
    return judge(c, (struct ms_lint_config){.complete = all_there, .observation = at});
}

/* As any capture, and as a complete one if that does not show the wanted rule. */
static struct judgement judge_for(const struct capture *c, const char *want)
{
    char rule[64];
    snprintf(rule, sizeof rule, "%.*s", (int)strcspn(want, " "), want);
    struct judgement j = judge_as(c, !*want, place_of(rule));
    if (*want && !judge_has(j.rules, rule) && needs_complete(rule))
        j = judge_as(c, true, place_of(rule));
    return j;
}

static struct ms_buf wrong;
static char shown[8192]; /* names of the rules that had a capture, each between spaces */

/* The first of the wanted rules is there; whatever else is there follows from it. */
static void expect(const struct judgement *j, const char *want, const char *what)
{
    char rule[64], found[64];
    const char *at = j->rules;
    snprintf(rule, sizeof rule, "%.*s", (int)strcspn(want, " "), want);
    if (!judge_has(j->rules, rule)) {
        ms_buf_printf(&wrong, "\n  %s: %s is not found, but \"%s\" (%s)", what, rule, j->rules,
                      j->text);
        return;
    }
    while (sscanf(at, "%63s", found) == 1) {
        if (strcmp(found, rule) != 0 && !is_implied(rule, found))
            ms_buf_printf(&wrong, "\n  %s: %s is found, which %s does not imply (%s)", what, found,
                          rule, j->text);
        size_t n = strlen(shown);
        snprintf(shown + n, sizeof shown - n, " %s ", found);
        at += strspn(at, " ");
        at += strcspn(at, " ");
    }
    if (j->result.verdict != MS_FAIL && j->result.verdict != MS_WARN)
        ms_buf_printf(&wrong, "\n  %s: the verdict is %d", what, j->result.verdict);
}

static void expect_none(const struct judgement *j, const char *what)
{
    if (j->findings || j->result.verdict != MS_PASS)
        ms_buf_printf(&wrong, "\n  %s: verdict %d, \"%s\" (%s)", what, j->result.verdict, j->rules,
                      j->text);
}

static void all_right(void)
{
    if (wrong.len)
        ck_abort_msg("%s", wrong.data);
}

/* The captures that are doctored, before that. */
START_TEST(honest)
{
    for (unsigned kind = 0; kind < 8; kind++) {
        struct recording r = {.ts = kind & 4};
        struct play p = record_start(&r);
        p.v6 = kind & 1;
        p.csum = kind & 2;
        play_all(&p);
        for (unsigned at = MS_OBS_RECEIVER; at <= MS_OBS_MIDDLE; at *= 2) {
            struct judgement j = judge_as(&r.cap, true, at);
            expect_none(&j, "honest");
        }
        cap_free(&r.cap);
    }
    all_right();
}
END_TEST

static struct judgement judge_row(const struct doctored *row, bool ends)
{
    struct recording r = {.ends = ends};
    struct play p = record_start(&r);
    p.csum = row->csum;
    p.sick = row->label;
    p.doctor = row->doctor;
    play_all(&p);
    ck_assert_msg(p.cured, "%s never came", row->label);
    struct judgement j = judge_for(&r.cap, row->want);
    cap_free(&r.cap);
    return j;
}

/*
 * The capture ends with the doctored segment, for honest hosts would go on otherwise than they do here; where it is
 * something later that shows what was wrong, it goes on.
 */
static void segments(void)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(doctored_rows); i++) {
        const struct doctored *row = &doctored_rows[i];
        char what[80];
        snprintf(what, sizeof what, "row %zu, label %s", i, row->label);
        struct judgement j = judge_row(row, true);
        if (!j.findings && *row->want)
            j = judge_row(row, false);
        if (*row->want)
            expect(&j, row->want, what);
        else
            expect_none(&j, what);
    }
}

static void whole_scenes(void)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(scenes); i++) {
        struct recording r = {.ts = true};
        struct play p = record_start(&r);
        scenes[i].play(&p);
        struct judgement j = judge_for(&r.cap, scenes[i].want);
        cap_free(&r.cap);
        if (*scenes[i].want)
            expect(&j, scenes[i].want, scenes[i].name);
        else
            expect_none(&j, scenes[i].name);
    }
}

/* No rule without a capture. */
START_TEST(every_rule)
{
    segments();
    whole_scenes();
    for (size_t i = 0; ms_rules[i]; i++) {
        char word[72];
        snprintf(word, sizeof word, " %s ", ms_rules[i]->name);
        if (!strstr(shown, word))
            ms_buf_printf(&wrong, "\n  no capture breaks %s", ms_rules[i]->name);
    }
    all_right();
}
END_TEST

UNIT_MAIN("doctored", honest, every_rule)
