/* SPDX-License-Identifier: MIT */
/* mptcpspec lint: judges the connections in capture files. */
#include <signal.h>
#include <string.h>

#include "cli/commands.h"

#define IGNORED_MAX 256

struct settings {
    bool strict, complete, quiet, verbose;
    const char *at, *json, *annotate;
    unsigned where;
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
            s->where = places[i].where;
            s->at = places[i].name;
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
    return ms_fail(err, MS_ERR_NOTFOUND,
                   "no such rule: %s%s%s%s; `mptcpspec list rules` names them", name,
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
     .doc = "captured at the sender, the receiver or in the middle; else as the file tells",
     .type = CLI_CALL,
     .call = read_at},
    CLI_OPT_STRING(struct settings, annotate, "annotate", "FILE",
                   "write the packets again as pcapng, with comments"),
    CLI_OPT_FLAG(struct settings, complete, "complete", 0,
                 "no packet is missing and all stand in the order of the wire"),
    {.name = "ignore",
     .arg = "RULE[,RULE]",
     .doc = "rules that are not to speak",
     .type = CLI_CALL,
     .call = read_ignore},
    CLI_OPT_STRING(struct settings, json, "json", "FILE", "write everything as JSON"),
    CLI_OPT_FLAG(struct settings, quiet, "quiet", 'q',
                 "only what was broken and the sum of a file"),
    CLI_OPT_FLAG(struct settings, strict, "strict", 0, "SHOULD counts as MUST"),
    CLI_OPT_FLAG(struct settings, verbose, "verbose", 'v', "every finding and every connection"),
    {0},
};

/* Where all goes to. */
struct job {
    const struct settings *set;
    struct ms_terminal term;
    struct ms_lint_view view;
    struct ms_output json_file, annotate_file;
    struct ms_lint_json json;
    struct ms_annotate *annotate;
    struct ms_lint_report report;
};

static void on_finding(void *ctx, const struct ms_lint_finding *f)
{
    struct job *j = ctx;
    ms_lint_view_finding(&j->view, f);
    if (j->annotate)
        ms_annotate_finding(j->annotate, f);
}

static void on_conn(void *ctx, const struct ms_lint_conn *c)
{
    struct job *j = ctx;
    ms_lint_view_conn(&j->view, c);
    if (j->set->json)
        ms_lint_json_conn(&j->json, c);
    if (j->set->json && ferror(j->json_file.f))
        cli_interrupted = 1;
}

static void on_packet(void *ctx, const struct ms_capture *c, const struct ms_capture_packet *p)
{
    struct job *j = ctx;
    ms_annotate_packet(j->annotate, c, p);
    /* A full disk must not be written to for as long as packets come; the end tells of it. */
    if (ferror(j->annotate_file.f))
        cli_interrupted = 1;
}

static int status_of(int rc, const struct ms_lint_result *r)
{
    if (rc < 0)
        return CLI_HARNESS;
    if (r->verdict >= MS_INCONC)
        return CLI_UNEXPECTED;
    return r->conns > r->conns_by[MS_SKIP] ? CLI_OK : CLI_ALL_SKIPPED;
}

static int lint_file(struct job *j, const struct ms_lint_config *cfg, const char *path)
{
    struct ms_lint_result r;
    struct ms_error err = {0};
    char why[1200] = "";
    if (j->set->json)
        ms_lint_json_file(&j->json, path);
    int rc = ms_lint(cfg, path, &r, &err);
    if (rc < 0)
        ms_error_format(&err, why, sizeof why);
    const struct ms_lint_file f = {.result = &r, .error = why};
    if (rc == MS_OK || r.packets)
        ms_lint_view_file(&j->view, &f);
    fflush(stdout);
    if (rc < 0)
        cli_say("%s", why);
    else if (r.conns == 0 && r.findings_by[MS_FAIL] == 0 && !r.interrupted)
        cli_say("%s: no MPTCP connection among its %llu packets", path,
                (unsigned long long)r.packets);
    if (j->set->json)
        ms_lint_json_file_end(&j->json, &f);
    if (r.verdict > j->report.verdict)
        j->report.verdict = r.verdict;
    j->report.interrupted = j->report.interrupted || r.interrupted;
    int status = status_of(rc, &r);
    ms_lint_result_free(&r);
    return status;
}

/* Worst first: unreadable, something found, all well, nothing there. */
static int worse(int a, int b)
{
    static const int order[] = {CLI_HARNESS, CLI_UNEXPECTED, CLI_OK, CLI_ALL_SKIPPED};
    for (size_t k = 0; k < MS_ARRAY_LEN(order); k++)
        if (a == order[k] || b == order[k])
            return order[k];
    return a;
}

static int open_outputs(struct job *j, const char *source)
{
    const struct settings *s = j->set;
    struct ms_error err = {0};
    if ((s->json && ms_output_open(&j->json_file, s->json, &err) < 0) ||
        (s->annotate && ms_output_open(&j->annotate_file, s->annotate, &err) < 0)) {
        cli_say_error(&err);
        return CLI_HARNESS;
    }
    if (s->json)
        ms_lint_json_begin(&j->json, &j->report, j->json_file.f);
    if (s->annotate && !(j->annotate = ms_annotate_new(j->annotate_file.f, source))) {
        cli_say("no memory for the annotated copy");
        return CLI_HARNESS;
    }
    return CLI_OK;
}

static int commit(struct ms_output *o)
{
    struct ms_error err = {0};
    if (!o->f || ms_output_commit(o, &err) == MS_OK)
        return CLI_OK;
    cli_say_error(&err);
    return CLI_HARNESS;
}

static int close_outputs(struct job *j)
{
    if (j->set->json && j->json_file.f)
        ms_lint_json_end(&j->json, &j->report);
    ms_annotate_end(j->annotate);
    int one = commit(&j->json_file), other = commit(&j->annotate_file);
    return one != CLI_OK ? one : other;
}

static int lint_all(struct job *j, char **file, int n)
{
    /* Signals are let through while input is awaited: nothing is lost, and what is half done gets done. */
    sigset_t ours, before;
    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGHUP);
    cli_catch_signals();
    /* A reader that has seen enough ends the program, but not files that are half written. */
    if (j->set->json || j->set->annotate)
        signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &ours, &before);
    const struct ms_lint_config cfg = {
        .capture = {.stop = &cli_interrupted, .wait_mask = &before},
        .strict = j->set->strict,
        .complete = j->set->complete,
        .observation = j->set->where,
        .ignore = j->set->ignore,
        .n_ignore = j->set->n_ignore,
        .ctx = j,
        .on_finding = on_finding,
        .on_conn = on_conn,
        .on_packet = j->annotate ? on_packet : NULL,
    };
    int status = CLI_ALL_SKIPPED;
    for (int i = 0; i < n && !j->report.interrupted; i++)
        status = worse(status, lint_file(j, &cfg, file[i]));
    sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
}

static int check_usage(const struct cli_command *self, const struct settings *s, char **file, int n)
{
    unsigned stdins = 0;
    if (n == 0)
        return cli_usage(self, "no capture file");
    for (int i = 0; i < n; i++)
        stdins += strcmp(file[i], "-") == 0;
    if (stdins > 1)
        return cli_usage(self, "standard input can be read once only");
    if (s->quiet && s->verbose)
        return cli_usage(self, "--quiet and --verbose exclude each other");
    if (s->annotate && n > 1)
        return cli_usage(self, "--annotate takes one capture file");
    for (int i = 0; i < n; i++)
        if ((s->annotate && cli_same_file(s->annotate, file[i])) ||
            (s->json && cli_same_file(s->json, file[i])))
            return cli_usage(self, "%s would be overwritten by what is found in it", file[i]);
    if (s->annotate && s->json && cli_same_file(s->annotate, s->json))
        return cli_usage(self, "--annotate and --json name one file");
    return CLI_OK;
}

static int cmd_lint(const struct cli_command *self, int argc, char **argv)
{
    struct settings s = {.at = ""};
    struct ms_buf command = {0};
    ms_buf_puts(&command, "mptcpspec");
    for (int i = 0; i < argc; i++)
        ms_buf_printf(&command, " %s", argv[i]);
    int first = cli_parse(self, &s, argc, argv);
    int status = first < 0 ? CLI_USAGE : CLI_OK;
    if (first > 0)
        status = check_usage(self, &s, argv + first, argc - first);
    if (first > 0 && status == CLI_OK) {
        struct job j = {.set = &s,
                        .report = {.command = command.data,
                                   .at = s.at,
                                   .strict = s.strict,
                                   .complete = s.complete,
                                   .n_ignore = s.n_ignore,
                                   .ignore = s.ignore}};
        ms_terminal_init(&j.term, stdout, s.quiet ? MS_QUIET : s.verbose ? MS_VERBOSE : MS_NORMAL);
        j.view.t = &j.term;
        status = open_outputs(&j, argv[first]);
        if (status == CLI_OK)
            status = lint_all(&j, argv + first, argc - first);
        int closed = close_outputs(&j);
        if (closed != CLI_OK)
            status = closed;
        else if (j.report.interrupted)
            status = CLI_INTERRUPTED;
    }
    ms_buf_free(&command);
    return status;
}

const struct cli_command cli_lint = {
    .name = "lint",
    .args = "FILE...",
    .help = "Judge the MPTCP connections in capture files.",
    .more = "FILE is pcap or pcapng; - is standard input. Both directions of every connection are "
            "judged by\n"
            "the rules of `mptcpspec list rules`. Exit status: 0 nothing found, 1 findings, or "
            "connections\n"
            "that could not be judged in full, 2 a file could not be read to its end, 4 no MPTCP "
            "connection.\n",
    .options = options,
    .run = cmd_lint,
};
