/* SPDX-License-Identifier: MIT */
/* JUnit XML: a suite a section of the RFC. How verdicts map is documented in docs/reports.md. */
#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <string.h>

#include "report/sections.h"

struct xml {
    xmlTextWriterPtr w;
    struct ms_arena *a;
};

static void attr(struct xml *x, const char *name, const char *value)
{
    xmlTextWriterWriteAttribute(x->w, BAD_CAST name, BAD_CAST ms_text_clean(x->a, value));
}

static void attr_num(struct xml *x, const char *name, size_t value)
{
    xmlTextWriterWriteFormatAttribute(x->w, BAD_CAST name, "%zu", value);
}

static void attr_seconds(struct xml *x, const char *name, uint64_t ns)
{
    xmlTextWriterWriteFormatAttribute(x->w, BAD_CAST name, "%" PRIu64 ".%06" PRIu64,
                                      ns / UINT64_C(1000000000), ns % UINT64_C(1000000000) / 1000);
}

static void open_element(struct xml *x, const char *name)
{
    xmlTextWriterStartElement(x->w, BAD_CAST name);
}

static void text(struct xml *x, const char *s)
{
    xmlTextWriterWriteString(x->w, BAD_CAST ms_text_clean(x->a, s));
}

static void close_element(struct xml *x)
{
    xmlTextWriterEndElement(x->w);
}

static void property(struct xml *x, const char *name, const char *value)
{
    open_element(x, "property");
    attr(x, "name", name);
    attr(x, "value", value);
    close_element(x);
}

/* Everything that a result rests on, one block a reason. */
static char *reasons_text(struct xml *x, const struct ms_outcome *o)
{
    struct ms_buf b = {0};
    for (size_t i = 0; i < o->result.n_reason; i++) {
        const struct ms_reason *r = &o->result.reason[i];
        ms_buf_printf(&b, "%s",
                      r->verdict == MS_PASS ? "observation" : ms_verdict_name(r->verdict));
        if (r->reqs && *r->reqs)
            ms_buf_printf(&b, " %s", r->reqs);
        if (r->rule && *r->rule)
            ms_buf_printf(&b, " rule %s", r->rule);
        if (r->line)
            ms_buf_printf(&b, " %s:%u: %s", o->instance->c->file, r->line, r->step ? r->step : "");
        ms_buf_printf(&b, "\n%s\n", r->text ? r->text : "");
    }
    if (o->ladder && *o->ladder)
        ms_buf_printf(&b, "%s\n", o->ladder);
    char *out = ms_arena_strdup(x->a, b.data ? b.data : "");
    ms_buf_free(&b);
    return out;
}

/* The message: first line of the first reason that made the verdict. */
static const char *message(struct xml *x, const struct ms_outcome *o)
{
    for (size_t i = 0; i < o->result.n_reason; i++) {
        const struct ms_reason *r = &o->result.reason[i];
        const char *t = r->text ? r->text : "";
        if (r->verdict == o->result.verdict)
            return ms_arena_printf(x->a, "%s%s%.*s", r->reqs ? r->reqs : "",
                                   r->reqs && *r->reqs ? ": " : "", (int)strcspn(t, "\n"), t);
    }
    return ms_verdict_name(o->result.verdict);
}

static void outcome_element(struct xml *x, const struct ms_report_entry *e)
{
    const struct ms_outcome *o = e->o;
    if (e->standing == MS_STANDS_PASS)
        return;
    bool skipped = e->standing != MS_STANDS_UNEXPECTED;
    open_element(x, skipped ? "skipped" : o->result.verdict == MS_FAIL ? "failure" : "error");
    if (e->standing == MS_STANDS_EXPECTED)
        attr(x, "message", ms_arena_printf(x->a, "expected deviation: %s", e->why));
    else if (skipped)
        attr(x, "message", o->result.skip_reason);
    else
        attr(x, "message", message(x, o));
    if (!skipped) {
        attr(x, "type", ms_verdict_name(o->result.verdict));
        text(x, reasons_text(x, o));
    }
    close_element(x);
}

static void testcase(struct xml *x, const struct ms_report *r, const struct ms_report_entry *e)
{
    const struct ms_outcome *o = e->o;
    const struct ms_case *c = o->instance->c;
    open_element(x, "testcase");
    attr(x, "name",
         o->repetition ? ms_arena_printf(x->a, "%s~%u", o->instance->name, o->repetition + 1)
                       : o->instance->name);
    attr(x, "classname", c->name);
    attr(x, "file", c->file);
    attr_num(x, "line", c->loc.line);
    attr_seconds(x, "time", o->result.wall_ns);
    open_element(x, "properties");
    property(x, "verdict", ms_verdict_name(o->result.verdict));
    property(x, "purpose", c->purpose);
    if (o->evidence && *o->evidence)
        property(x, "evidence",
                 *r->out_dir ? ms_arena_printf(x->a, "%s/%s", r->out_dir, o->evidence)
                             : o->evidence);
    for (size_t i = 0; i < o->result.n_judged; i++)
        property(x, "requirement", o->result.judged[i]);
    close_element(x);
    outcome_element(x, e);
    /* Remarks and warnings are no failure: they stand in the output. */
    if (e->standing != MS_STANDS_UNEXPECTED && o->result.n_reason) {
        open_element(x, "system-out");
        text(x, reasons_text(x, o));
        close_element(x);
    }
    close_element(x);
}

static void suite_counts(struct xml *x, const struct section_counts *c)
{
    attr_num(x, "tests", c->tests);
    attr_num(x, "failures", c->failures);
    attr_num(x, "errors", c->errors);
    attr_num(x, "skipped", c->skipped);
    attr_seconds(x, "time", c->wall_ns);
}

static void testsuite(struct xml *x, const struct ms_report *r, const char *section)
{
    struct section_counts c = section_count(r, section);
    open_element(x, "testsuite");
    attr(x, "name", section_title(x->a, section));
    suite_counts(x, &c);
    open_element(x, "properties");
    property(x, "mptcpspec", r->version);
    property(x, "seed", ms_arena_printf(x->a, "%" PRIu64, r->seed));
    property(x, "kernel", r->kernel ? r->kernel->release : "");
    property(x, "target", r->site ? r->site->spec : "");
    property(x, "interface", r->site ? r->site->iface : "");
    close_element(x);
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(ms_instance_section(r->entry[i].o->instance), section) == 0)
            testcase(x, r, &r->entry[i]);
    close_element(x);
}

int ms_report_junit(const struct ms_report *r, FILE *out, struct ms_error *err)
{
    xmlBufferPtr buf = xmlBufferCreate();
    xmlTextWriterPtr w = buf ? xmlNewTextWriterMemory(buf, 0) : NULL;
    if (!w) {
        xmlBufferFree(buf);
        return ms_fail(err, MS_ERR_NOMEM, "cannot build XML");
    }
    struct xml x = {.w = w, .a = ms_arena_new()};
    struct section_counts all = section_count(r, NULL);
    all.wall_ns = r->duration_ns;
    xmlTextWriterSetIndent(w, 1);
    xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
    open_element(&x, "testsuites");
    attr(&x, "name", "mptcpspec");
    suite_counts(&x, &all);
    size_t n;
    const char **section = section_list(x.a, r, &n);
    for (size_t i = 0; i < n; i++)
        testsuite(&x, r, section[i]);
    int rc = xmlTextWriterEndDocument(w);
    xmlFreeTextWriter(w); /* flushes into the buffer */
    size_t len = (size_t)xmlBufferLength(buf);
    if (rc < 0)
        rc = ms_fail(err, MS_ERR_NOMEM, "cannot build XML");
    else if (fwrite(xmlBufferContent(buf), 1, len, out) != len)
        rc = ms_fail_errno(err, "cannot write XML");
    else
        rc = MS_OK;
    xmlBufferFree(buf);
    ms_arena_free(x.a);
    return rc;
}
