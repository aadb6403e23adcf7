/* SPDX-License-Identifier: MIT */
/* mptcpspec lint: judges the connections in capture files. */
#include <string.h>

#include "cli/commands.h"
#include "mptcpspec/lint.h"

#define IGNORED_MAX 128

struct settings {
    bool strict, complete;
    unsigned at;
    const struct ms_rule *ignore[IGNORED_MAX];
    size_t n_ignore;
};

static int read_at(void *settings, const char *value, struct ms_error *err)
{
    static const struct {
        const char *name;
        unsigned where;
    } places[] = {
        {"sender", MS_OBS_SENDER}, {"receiver", MS_OBS_RECEIVER}, {"middle", MS_OBS_MIDDLE}};
    struct settings *s = settings;
    for (size_t i = 0; i < MS_ARRAY_LEN(places); i++)
        if (strcmp(value, places[i].name) == 0) {
            s->at = places[i].where;
            return MS_OK;
        }
    return ms_fail(err, MS_ERR_PARSE, "'%s' is none of sender, receiver, middle", value);
}

static int unknown_rule(const char *name, struct ms_error *err)
{
    const char *names[IGNORED_MAX];
    size_t n = 0;
    for (; ms_rules[n] && n < IGNORED_MAX; n++)
        names[n] = ms_rules[n]->name;
    const char *near = ms_nearest_word(name, names, n);
    return ms_fail(err, MS_ERR_NOTFOUND, "no such rule: %s%s%s%s", name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int read_ignore(void *settings, const char *value, struct ms_error *err)
{
    struct settings *s = settings;
    for (const char *p = value; *(p += strspn(p, ", "));) {
        char name[64];
        size_t n = strcspn(p, ", ");
        snprintf(name, sizeof name, "%.*s", (int)n, p);
        const struct ms_rule *r = ms_rule_find(name);
        if (!r)
            return unknown_rule(name, err);
        if (s->n_ignore == IGNORED_MAX)
            return ms_fail(err, MS_ERR_RANGE, "more than %d rules", IGNORED_MAX);
        s->ignore[s->n_ignore++] = r;
        p += n;
    }
    return MS_OK;
}

static const struct cli_option options[] = {
    {.name = "at",
     .arg = "WHERE",
     .doc = "captured at the sender, the receiver or in the middle (default)",
     .type = CLI_CALL,
     .call = read_at},
    {.name = "ignore",
     .arg = "RULE[,RULE]",
     .doc = "rules that are not to speak",
     .type = CLI_CALL,
     .call = read_ignore},
    CLI_OPT_FLAG(struct settings, complete, "complete", 0,
                 "nothing is missing and all is in order: what was not seen was not sent"),
    CLI_OPT_FLAG(struct settings, strict, "strict", 0, "SHOULD counts as MUST"),
    {0},
};

static void finding(void *ctx, const struct ms_lint_finding *f)
{
    (void)ctx;
    printf("packet %llu: %-4s %s [%s] %s\n", (unsigned long long)f->packet,
           ms_verdict_name(f->verdict), f->rule->name, f->rule->reqs, f->text);
}

static int lint_file(const struct ms_lint_config *cfg, const char *path)
{
    struct ms_lint_result r;
    struct ms_error err = {0};
    int rc = ms_lint(cfg, path, &r, &err);
    if (rc < 0)
        cli_say_error(&err);
    printf("%s: %llu packets, %u connections: %s\n", path, (unsigned long long)r.packets, r.conns,
           ms_verdict_name(r.verdict));
    if (rc < 0)
        return CLI_HARNESS;
    if (r.verdict >= MS_INCONC)
        return CLI_UNEXPECTED;
    return r.conns ? CLI_OK : CLI_ALL_SKIPPED;
}

static int cmd_lint(const struct cli_command *self, int argc, char **argv)
{
    struct settings s = {0};
    int first = cli_parse(self, &s, argc, argv);
    if (first <= 0)
        return first < 0 ? CLI_USAGE : CLI_OK;
    if (first == argc)
        return cli_usage(self, "no capture file");
    struct ms_lint_config cfg = {.strict = s.strict,
                                 .complete = s.complete,
                                 .observation = s.at,
                                 .ignore = s.ignore,
                                 .n_ignore = s.n_ignore,
                                 .on_finding = finding};
    int status = CLI_ALL_SKIPPED;
    for (int i = first; i < argc; i++) {
        int one = lint_file(&cfg, argv[i]);
        /* Worst first: unreadable, findings, fine, nothing there. */
        static const int order[] = {CLI_HARNESS, CLI_UNEXPECTED, CLI_OK, CLI_ALL_SKIPPED};
        for (size_t k = 0; k < MS_ARRAY_LEN(order); k++)
            if (status == order[k] || one == order[k]) {
                status = order[k];
                break;
            }
    }
    return status;
}

const struct cli_command cli_lint = {
    .name = "lint",
    .args = "FILE...",
    .help = "Judge the MPTCP connections in capture files (pcap, pcapng; - is standard input).",
    .options = options,
    .run = cmd_lint,
};
