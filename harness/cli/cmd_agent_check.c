/* SPDX-License-Identifier: MIT */
/* mptcpspec agent-check: any program against the agent protocol. */
#include <libxml/xmlwriter.h>
#include <string.h>

#include "cli/commands.h"
#include "mptcpspec/agentcheck.h"

#define ONLY_MAX 32
#define GUARD_NS UINT64_C(10000000000)

struct settings {
    const char *iface, *junit;
    double time_scale;
    bool list, quiet;
    const char *only[ONLY_MAX];
    size_t n_only;
};

static int read_only(void *settings, const char *value, struct ms_error *err)
{
    struct settings *s = settings;
    if (s->n_only == ONLY_MAX)
        return ms_fail(err, MS_ERR_RANGE, "more than %d names", ONLY_MAX);
    s->only[s->n_only++] = value;
    return MS_OK;
}

static const struct cli_option options[] = {
    CLI_OPT_STRING(struct settings, iface, "iface", "IF",
                   "interface on the link of the agent's: what sessions send is checked too"),
    CLI_OPT_STRING(struct settings, junit, "junit", "FILE", "write JUnit XML"),
    CLI_OPT_REAL(struct settings, time_scale, "time-scale", 0.1, 1000,
                 "multiplies how long an answer is waited for (10 s)"),
    {.name = "only",
     .arg = "NAME",
     .doc = "only checks whose names begin so; may be given several times",
     .type = CLI_CALL,
     .call = read_only},
    CLI_OPT_FLAG(struct settings, list, "list", 0, "print the checks, run none"),
    CLI_OPT_FLAG(struct settings, quiet, "quiet", 'q', "print what failed and the sum only"),
    {0},
};

struct run {
    const struct settings *set;
    struct ms_arena *arena;
    struct ms_agent_check_result *list;
    size_t n, cap;
    size_t count[3]; /* by verdict */
};

static void tell(void *ctx, const struct ms_agent_check_result *r)
{
    struct run *run = ctx;
    run->list = ms_arena_grow(run->arena, run->list, &run->cap, run->n, sizeof *run->list);
    run->list[run->n++] = *r;
    run->count[r->verdict]++;
    if (run->set->quiet && r->verdict != MS_CHECK_FAILED)
        return;
    const char *text = ms_text_clean(run->arena, r->text);
    printf("%-6s %-22s %s%s%s%s\n", ms_agent_check_verdict_name(r->verdict), r->name,
           r->verdict == MS_CHECK_FAILED ? "\n       demanded: " : "",
           r->verdict == MS_CHECK_SKIPPED ? text : r->purpose,
           r->verdict == MS_CHECK_FAILED ? "\n       but: " : "",
           r->verdict == MS_CHECK_FAILED ? text : "");
    fflush(stdout);
}

/* ---- JUnit ---- */

static void attr(xmlTextWriterPtr w, const char *name, const char *value)
{
    xmlTextWriterWriteAttribute(w, BAD_CAST name, BAD_CAST value);
}

static void counts(xmlTextWriterPtr w, const struct run *run)
{
    uint64_t ns = 0;
    for (size_t i = 0; i < run->n; i++)
        ns += run->list[i].wall_ns;
    xmlTextWriterWriteFormatAttribute(w, BAD_CAST "tests", "%zu", run->n);
    xmlTextWriterWriteFormatAttribute(w, BAD_CAST "failures", "%zu", run->count[MS_CHECK_FAILED]);
    attr(w, "errors", "0");
    xmlTextWriterWriteFormatAttribute(w, BAD_CAST "skipped", "%zu", run->count[MS_CHECK_SKIPPED]);
    xmlTextWriterWriteFormatAttribute(w, BAD_CAST "time", "%.6f", (double)ns / 1e9);
}

static void property(xmlTextWriterPtr w, const char *name, const char *value)
{
    xmlTextWriterStartElement(w, BAD_CAST "properties");
    xmlTextWriterStartElement(w, BAD_CAST "property");
    attr(w, "name", name);
    attr(w, "value", value);
    xmlTextWriterEndElement(w);
    xmlTextWriterEndElement(w);
}

static void testcase(xmlTextWriterPtr w, struct ms_arena *a, const struct ms_agent_check_result *r)
{
    const char *text = ms_text_clean(a, r->text);
    xmlTextWriterStartElement(w, BAD_CAST "testcase");
    attr(w, "name", r->name);
    attr(w, "classname", "agent-check");
    xmlTextWriterWriteFormatAttribute(w, BAD_CAST "time", "%.6f", (double)r->wall_ns / 1e9);
    property(w, "purpose", r->purpose);
    if (r->verdict != MS_CHECK_OK) {
        bool failed = r->verdict == MS_CHECK_FAILED;
        xmlTextWriterStartElement(w, BAD_CAST(failed ? "failure" : "skipped"));
        attr(w, "message", text);
        if (failed) {
            attr(w, "type", "fail");
            xmlTextWriterWriteString(w, BAD_CAST r->purpose);
        }
        xmlTextWriterEndElement(w);
    }
    xmlTextWriterEndElement(w);
}

static int write_junit(const struct run *run, const char *path, struct ms_error *err)
{
    struct ms_output out;
    xmlBufferPtr buf = xmlBufferCreate();
    xmlTextWriterPtr w = buf != NULL ? xmlNewTextWriterMemory(buf, 0) : NULL;
    int rc = w == NULL ? ms_fail(err, MS_ERR_NOMEM, "cannot build XML")
                       : ms_output_open(&out, path, err);
    if (w == NULL || rc != MS_OK) {
        xmlFreeTextWriter(w);
        xmlBufferFree(buf);
        return rc;
    }
    xmlTextWriterSetIndent(w, 1);
    xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
    xmlTextWriterStartElement(w, BAD_CAST "testsuites");
    attr(w, "name", "mptcpspec agent-check");
    counts(w, run);
    xmlTextWriterStartElement(w, BAD_CAST "testsuite");
    attr(w, "name", "agent protocol");
    counts(w, run);
    property(w, "mptcpspec", MS_VERSION);
    for (size_t i = 0; i < run->n; i++)
        testcase(w, run->arena, &run->list[i]);
    bool good = xmlTextWriterEndDocument(w) >= 0;
    xmlFreeTextWriter(w); /* flushes into the buffer */
    size_t len = (size_t)xmlBufferLength(buf);
    if (!good)
        rc = ms_fail(err, MS_ERR_NOMEM, "cannot build XML");
    else if (fwrite(xmlBufferContent(buf), 1, len, out.f) != len)
        rc = ms_fail_errno(err, "cannot write %s", path);
    xmlBufferFree(buf);
    return ms_output_end(&out, rc, err);
}

/* ---- */

static bool interrupted(void)
{
    return cli_interrupted != 0;
}

static int check(const struct settings *set, char *const *argv)
{
    struct run run = {.set = set, .arena = ms_arena_new()};
    struct ms_agent_check_config cfg = {
        .argv = argv,
        .iface = set->iface,
        .guard_ns = (uint64_t)((double)GUARD_NS * set->time_scale),
        .interrupted = interrupted,
    };
    struct ms_error err = {0};
    cli_catch_signals();
    int rc = ms_agent_check(&cfg, set->only, set->n_only, tell, &run, &err);
    if (rc == MS_OK)
        printf("%zu passed, %zu failed, %zu skipped\n", run.count[MS_CHECK_OK],
               run.count[MS_CHECK_FAILED], run.count[MS_CHECK_SKIPPED]);
    if (rc == MS_OK && set->junit != NULL)
        rc = write_junit(&run, set->junit, &err);
    size_t failed = run.count[MS_CHECK_FAILED], passed = run.count[MS_CHECK_OK];
    ms_arena_free(run.arena);
    if (rc != MS_OK) {
        cli_say_error(&err);
        return rc == MS_ERR_INTR       ? CLI_INTERRUPTED
               : rc == MS_ERR_NOTFOUND ? CLI_USAGE
                                       : CLI_HARNESS;
    }
    return failed != 0 ? CLI_UNEXPECTED : passed != 0 ? CLI_OK : CLI_ALL_SKIPPED;
}

static int list(void)
{
    for (size_t i = 0; i < ms_agent_check_count(); i++)
        printf("%-22s %s\n", ms_agent_check_entry(i).name, ms_agent_check_entry(i).purpose);
    return CLI_OK;
}

static int cmd_agent_check(const struct cli_command *self, int argc, char **argv)
{
    struct settings set = {.time_scale = cli_default_time_scale()};
    int first = cli_parse(self, &set, argc, argv);
    if (first <= 0)
        return first < 0 ? CLI_USAGE : CLI_OK;
    if (set.list)
        return first < argc ? cli_usage(self, "--list takes no command") : list();
    if (first == argc)
        return cli_usage(self, "a command is needed that speaks the protocol");
    /* One word is a line for the shell, as in --target exec:COMMAND. */
    char *line[] = {"/bin/sh", "-c", argv[first], NULL};
    return check(&set, argc - first == 1 ? line : argv + first);
}

const struct cli_command cli_agent_check = {
    .name = "agent-check",
    .args = "COMMAND [ARGUMENT...]",
    .help = "Test any program against the agent protocol.",
    .more = "COMMAND speaks the protocol of docs/agent-protocol.md on its standard input and "
            "output; it is\n"
            "started once for each check. A COMMAND without arguments is a line for /bin/sh. The "
            "status is 1 if\n"
            "a check failed. Sessions of mode `shared` are opened where the agent offers them.\n",
    .options = options,
    .words = true,
    .run = cmd_agent_check,
};
