/* SPDX-License-Identifier: MIT */
/*
 * One doctored capture for each rule of the oracle: an honest connection in which one thing is wrong. lint reports
 * that rule, and beside it only what it implies.
 */
#include "judge.h"
#include "record.h"

/* Rules that one wrong thing breaks together, and why. */
static const struct {
    const char *rule, *other, *why;
} together[] = {
    {"capable-version", "capable-version-offered", "a version that is unknown was not offered"},
    {"capable-algorithm", "capable-algorithm-chosen", "a bit that stands for none was not offered"},
    {"capable-algorithm", "capable-no-algorithm", "the SYN that is taken named none"},
    {"capable-algorithm", "capable-answer-algorithm", "the SYN/ACK that is taken named none"},
    {"capable-no-algorithm", "capable-algorithm-chosen", "none was offered, and one is chosen"},
    {"capable-b-flag", "capable-b-taken", "B was set on the SYN that is taken"},
    {"capable-key-echo", "capable-echo-taken", "the echo that is taken is wrong"},
    {"capable-form", "mapping-until-ack", "the length that it lacks was the mapping"},
    {"capable-first-flow", "capable-form", "the RST with it belongs to a joined subflow"},
    {"dsn-same-octet", "tcp-same-octet", "the segment is a repetition on the same subflow"},
    {"dsn-same-octet", "mapping-fixed", "octets of two DSNs cannot be right in both"},
    {"fin-alone", "fin-fixed", "another length is another place of the DATA_FIN"},
    {"join-form", "join-ack-hmac", "the option that stands there has no HMAC of these keys"},
    {"join-early-data", "mapping-until-ack", "data on the third packet has no room for a mapping"},
    {"join-synack-hmac", "join-synack-hmac-taken", "the HMAC that is taken is wrong"},
    {"join-ack-hmac", "join-ack-hmac-taken", "the HMAC that is taken is wrong"},
    {"join-ack-hmac", "join-ack-fixed", "of two HMACs of the same numbers one is wrong"},
    {"join-ack-hmac", "join-synack-hmac", "both are made with the random number that changed"},
    {"join-ack-hmac", "join-synack-hmac-taken", "the random number is in both HMACs"},
    {"join-token", "join-token-taken", "the token that is taken is unknown"},
    {"join-before-dss", "join-accepted-early", "the join that is accepted came too early"},
    {"join-despite-c", "join-accepted-despite-c", "the join that is accepted was not to be"},
    {"dack-back", "window-edge", "with the same window the right edge moves back as well"},
    {"add-addr-hmac", "add-addr-hmac-taken",
     "the HMAC of the announcement that is echoed is wrong"},
};

static bool belong_together(const char *a, const char *b)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(together); i++)
        if ((strcmp(together[i].rule, a) == 0 && strcmp(together[i].other, b) == 0) ||
            (strcmp(together[i].rule, b) == 0 && strcmp(together[i].other, a) == 0))
            return true;
    return false;
}

static struct ms_buf wrong;

/* Some rules say of themselves that they need to be told that nothing is missing, and where the capture was made. */
static bool needs_complete(const struct ms_rule *r)
{
    return strstr(r->conditions, "complete capture") != NULL;
}

static unsigned place_of(const struct ms_rule *r)
{
    if (strstr(r->conditions, "at the sender"))
        return MS_OBS_SENDER;
    return r->observation & MS_OBS_MIDDLE ? MS_OBS_MIDDLE : MS_OBS_RECEIVER;
}

static struct judgement judge_as(const struct capture *c, bool all_there, unsigned at)
{
    return judge(c, (struct ms_lint_config){.complete = all_there, .observation = at});
}

/*
 * Judges up to the packet that shows the wanted rule: honest hosts would not go on from there as they do here. As a
 * complete capture only if no other shows it.
 */
static struct judgement judge_for(struct capture *c, const struct ms_rule *r, bool *complete)
{
    bool whole = !r;
    struct judgement j = judge_as(c, whole, r ? place_of(r) : MS_OBS_MIDDLE);
    if (!r)
        return j;
    if (!judge_has(j.rules, r->name) && needs_complete(r)) {
        whole = true;
        j = judge_as(c, whole, place_of(r));
    }
    size_t shows = judge_first(&j, r);
    for (; shows && c->n > shows; c->n--)
        free(c->packet[c->n - 1].octets);
    *complete = whole;
    return judge_as(c, whole, place_of(r));
}

/* The command says the same of the capture. */
static void command(const struct capture *c, const struct ms_rule *r, bool complete)
{
    static const char *const places[] = {
        [MS_OBS_RECEIVER] = "receiver", [MS_OBS_SENDER] = "sender", [MS_OBS_MIDDLE] = "middle"};
    char options[64];
    bool said;
    snprintf(options, sizeof options, "%s--at %s", complete ? "--complete " : "",
             places[place_of(r)]);
    int status = judge_command(c, options, r->name, &said);
    if (!said)
        ms_buf_printf(&wrong, "\n  lint %s does not say %s", options, r->name);
    bool must =
        r->level == MS_LEVEL_MUST || r->level == MS_LEVEL_MUST_NOT || r->level == MS_LEVEL_FORMAT;
    if (status != 1 && (must || status))
        ms_buf_printf(&wrong, "\n  lint %s: status %d with %s", options, status, r->name);
}

static char shown[8192]; /* names of the rules that had a capture, each between spaces */

/* That rule is there; whatever else is there follows from it. */
static void expect(const struct judgement *j, const struct ms_rule *r, const char *what)
{
    char found[64];
    size_t before = wrong.len;
    if (!judge_has(j->rules, r->name)) {
        ms_buf_printf(&wrong, "\n  %s: %s is not found, but \"%s\" (%s)", what, r->name, j->rules,
                      j->text);
        return;
    }
    for (const char *at = j->rules; sscanf(at, "%63s", found) == 1;) {
        if (strcmp(found, r->name) != 0 && !belong_together(r->name, found))
            ms_buf_printf(&wrong, "\n  %s: beside %s there is %s (%s)", what, r->name, found,
                          j->text);
        at += strspn(at, " ");
        at += strcspn(at, " ");
    }
    if (j->verdict != MS_FAIL && j->verdict != MS_WARN && r->level != MS_LEVEL_MAY)
        ms_buf_printf(&wrong, "\n  %s: the verdict is %d", what, j->verdict);
    size_t n = strlen(shown);
    if (wrong.len == before)
        snprintf(shown + n, sizeof shown - n, " %s ", r->name);
}

/* `sure`: and nothing was left open. */
static void expect_none(const struct judgement *j, bool sure, const char *what)
{
    if (j->findings || j->verdict > MS_INCONC || (sure && j->verdict != MS_PASS))
        ms_buf_printf(&wrong, "\n  %s: verdict %d, \"%s\" (%s)", what, j->verdict, j->rules,
                      j->text);
}

static void all_right(void)
{
    if (!wrong.len)
        return;
    printf("%s\n", wrong.data);
    fflush(stdout);
    ck_abort_msg("see above");
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
            expect_none(&j, true, "honest");
        }
        cap_free(&r.cap);
    }
    all_right();
}
END_TEST

static bool is_shown(const char *name)
{
    return judge_has(shown, name);
}

/* The wanted rule at `at` of a list of them. */
static const struct ms_rule *wanted(const char *at, const char *what)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(at, " "), at);
    const struct ms_rule *r = ms_rule_find(name);
    ck_assert_msg(r, "%s: no rule %s", what, name);
    return r;
}

static void check_one(const struct recording *r, const struct ms_rule *rule, const char *what)
{
    struct capture c = {.link = r->cap.link};
    cap_append(&c, &r->cap, 0, r->cap.n);
    bool complete, known = rule && is_shown(rule->name);
    struct judgement j = judge_for(&c, rule, &complete);
    if (rule)
        expect(&j, rule, what);
    else
        expect_none(&j, false, what);
    if (rule && !known && is_shown(rule->name))
        command(&c, rule, complete);
    cap_free(&c);
}

/*
 * The first rule of the list, or, once all rows were asked for that, those that are the first of none. Where the tests
 * of the oracle look at one side only, both may be wrong: then there is nothing to demand of an empty list.
 */
static void check(const struct recording *r, const char *want, int tester, bool others,
                  const char *what)
{
    if (!others && !*want && tester < 0)
        check_one(r, NULL, what);
    if (!others && *want)
        check_one(r, wanted(want, what), what);
    for (const char *at = want; others && (at = strchr(at, ' ')) != NULL; at++) {
        const struct ms_rule *rule = wanted(at + 1, what);
        size_t before = wrong.len;
        if (!is_shown(rule->name))
            check_one(r, rule, what);
        if (wrong.len > before)
            wrong.data[before] = 0;
        wrong.len = before; /* another row may do it; if none does, that is said in the end */
    }
}

static void segments(bool others)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(doctored_rows); i++) {
        const struct doctored *row = &doctored_rows[i];
        char what[80];
        struct recording r = {0};
        struct play p = record_start(&r);
        snprintf(what, sizeof what, "row %zu, label %s", i, row->label);
        p.csum = row->csum;
        p.sick = row->label;
        p.doctor = row->doctor;
        play_all(&p);
        ck_assert_msg(p.cured, "%s never came", row->label);
        check(&r, row->want, row->tester, others, what);
        cap_free(&r.cap);
    }
}

static void whole_scenes(bool others)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(scenes); i++) {
        struct recording r = {.ts = true};
        struct play p = record_start(&r);
        scenes[i].play(&p);
        check(&r, scenes[i].want, scenes[i].tester, others, scenes[i].name);
        cap_free(&r.cap);
    }
}

/* No rule without a capture. */
START_TEST(every_rule)
{
    for (unsigned others = 0; others < 2; others++) {
        segments(others);
        whole_scenes(others);
    }
    for (size_t i = 0; ms_rules[i]; i++)
        if (!is_shown(ms_rules[i]->name))
            ms_buf_printf(&wrong, "\n  no capture breaks %s", ms_rules[i]->name);
    all_right();
}
END_TEST

UNIT_MAIN("doctored", honest, every_rule)
