/* SPDX-License-Identifier: MIT */
/* mptcpspec explain: a requirement, a rule or a case, in words. */
#include <string.h>

#include "cli/commands.h"

static void field(const char *name, const char *value)
{
    if (value && *value)
        printf("%-12s %s\n", name, value);
}

static bool judges(const struct ms_case *c, const struct ms_requirement *r)
{
    for (size_t i = 0; i < c->n_reqs; i++)
        if (c->req[i] == r || strcmp(c->req[i]->id, r->id) == 0)
            return true;
    return false;
}

/* `list` is "R-3.2-14, R-3.2-26". */
static bool list_has(const char *list, const char *id)
{
    for (const char *p = list; *(p += strspn(p, ", "));) {
        size_t n = strcspn(p, ", ");
        if (strlen(id) == n && strncmp(p, id, n) == 0)
            return true;
        p += n;
    }
    return false;
}

static void explain_requirement(const struct ms_suite *s, const struct ms_requirement *r)
{
    printf("%s  %s%s\n  %s\n\n", r->id, ms_level_name(r->level),
           r->weak ? " (weak: broken is a warning)" : "", r->text);
    printf("%-12s RFC 8684 section %s, line %u of the text\n", "clause", r->section, r->rfc_line);
    field("binds", r->actor);
    field("testable", r->testable);
    field("observable", r->observable);
    field("idea", r->idea);
    field("not tested", r->why_not);
    size_t n = 0;
    for (size_t i = 0; i < s->n_case; i++)
        if (judges(s->c[i], r))
            printf("%-12s %s  (%s:%u)\n", n++ ? "" : "cases", s->c[i]->name, s->c[i]->file,
                   s->c[i]->loc.line);
    n = 0;
    for (size_t i = 0; ms_rules[i]; i++)
        if (list_has(ms_rules[i]->reqs, r->id))
            printf("%-12s %s  %s\n", n++ ? "" : "rules", ms_rules[i]->name, ms_rules[i]->doc);
}

static void explain_rule(const struct ms_rule *r)
{
    printf("rule %s  %s\n  %s\n\n", r->name, ms_level_name(r->level), r->doc);
    field("judges", r->reqs);
    field("applies", r->conditions);
    field("", r->despite_peer_fault ? "also after the peer misbehaved on the connection"
                                    : "not after the peer misbehaved on the connection");
    printf("%-12s%s%s%s\n", "seen from", r->observation & MS_OBS_RECEIVER ? " the receiver" : "",
           r->observation & MS_OBS_SENDER ? " the sender" : "",
           r->observation & MS_OBS_MIDDLE ? " the path" : "");
}

static void explain_altered(const struct ms_altered *a)
{
    printf("%-12s", "altered");
    for (size_t i = 0; i < a->n_rewrites; i++)
        printf("%s \"%s\"", i ? "," : "", a->rewrite[i]);
    printf("  fails");
    for (size_t i = 0; i < a->fails.n; i++)
        printf("%s %s", i ? "," : "", a->fails.req[i]->id);
    printf("  (line %u)\n", a->loc.line);
}

static void explain_boxes(const struct ms_block *b)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct ms_step *s = &b->step[i];
        if (s->kind == MS_STEP_BOX && s->string)
            printf("%-12s \"%s\"  (line %u)\n", "middlebox", s->string, s->loc.line);
        for (size_t k = 0; k < s->n_blocks; k++)
            explain_boxes(&s->block[k]);
    }
}

static void explain_case(const struct ms_suite *s, const struct ms_case *c)
{
    printf("%s\n  %s\n\n", c->name, c->purpose);
    printf("%-12s %s:%u\n", "file", c->file, c->loc.line);
    field("section", c->section);
    static const char *const roles[] = {
        [MS_ROLE_LISTENER] = "the implementation under test listens",
        [MS_ROLE_INITIATOR] = "the implementation under test connects",
        [MS_ROLE_BOTH] = "two implementations under test, client and server, through a middlebox",
    };
    field("role", roles[c->role]);
    field("topology", c->topology);
    field("service", c->service);
    for (size_t i = 0; i < c->n_needs; i++)
        field(i ? "" : "needs", c->needs[i]);
    for (size_t i = 0; i < c->n_tags; i++)
        field(i ? "" : "tags", c->tag[i]);
    for (size_t i = 0; i < c->n_positions; i++)
        printf("%-12s %s=%s: %s\n", i ? "" : "position", c->position[i].position->id,
               c->position[i].position->reading[c->position[i].reading].name,
               c->position[i].position->reading[c->position[i].reading].text);
    for (size_t i = 0; i < c->n_reqs; i++)
        printf("%-12s %s  %s  %s\n", i ? "" : "judges", c->req[i]->id,
               ms_level_name(c->req[i]->level), c->req[i]->text);
    size_t n = 0;
    for (size_t i = 0; i < s->n_instance; i++)
        if (s->instance[i].c == c)
            printf("%-12s %s\n", n++ ? "" : "results", s->instance[i].name);
    explain_boxes(&c->steps);
    for (size_t i = 0; i < c->n_altered; i++)
        explain_altered(&c->altered[i]);
}

static const struct ms_case *find_case(const struct ms_suite *s, const char *name)
{
    for (size_t i = 0; i < s->n_instance; i++)
        if (strcmp(s->instance[i].c->name, name) == 0 || strcmp(s->instance[i].name, name) == 0)
            return s->instance[i].c;
    return NULL;
}

static const char *nearest(const struct ms_suite *s, const char *word)
{
    size_t n = 0, n_rules = 0;
    while (ms_rules[n_rules])
        n_rules++;
    const char **names =
        ms_arena_alloc(s->arena, (s->n_case + s->catalogue.n + n_rules + 1) * sizeof *names);
    for (size_t i = 0; i < s->n_case; i++)
        names[n++] = s->c[i]->name;
    for (size_t i = 0; i < s->catalogue.n; i++)
        names[n++] = s->catalogue.ids[i];
    for (size_t i = 0; i < n_rules; i++)
        names[n++] = ms_rules[i]->name;
    return ms_nearest_word(word, names, n);
}

static int explain(const struct ms_suite *s, const char *id)
{
    const struct ms_requirement *q = ms_catalogue_find(&s->catalogue, id);
    const struct ms_rule *r = ms_rule_find(id);
    const struct ms_case *c = find_case(s, id);
    if (q)
        explain_requirement(s, q);
    else if (r)
        explain_rule(r);
    else if (c)
        explain_case(s, c);
    if (q || r || c)
        return CLI_OK;
    const char *near = nearest(s, id);
    cli_say("there is no requirement, rule or case named %s%s%s%s", id,
            near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return CLI_USAGE;
}

static int cmd_explain(const struct cli_command *self, int argc, char **argv)
{
    int first = cli_parse(self, NULL, argc, argv);
    if (first <= 0)
        return first < 0 ? CLI_USAGE : CLI_OK;
    if (first >= argc)
        return cli_usage(self, "what is to be explained?");
    struct ms_suite s;
    int status = cli_load(&s, NULL, 0);
    if (status != CLI_OK)
        return status;
    for (int i = first; i < argc && status == CLI_OK; i++) {
        if (i > first)
            putchar('\n');
        status = explain(&s, argv[i]);
    }
    ms_suite_free(&s);
    return status;
}

const struct cli_command cli_explain = {
    .name = "explain",
    .args = "ID...",
    .help = "Explain a requirement (R-3.2-34), a rule or a case.",
    .run = cmd_explain,
};
