/* SPDX-License-Identifier: MIT */
/* KTAP version 1 (Documentation/dev-tools/ktap.rst): a subtest a section of the RFC. */
#include <string.h>

#include "report/sections.h"

/* Diagnostics: every line behind "# ", so that no text can be taken for a result. */
static void diagnostic(FILE *out, const char *text)
{
    for (const char *p = text; p && *p;) {
        size_t n = strcspn(p, "\n");
        fprintf(out, "    # %.*s\n", (int)n, p);
        p += n + (p[n] == '\n');
    }
}

static void directive(FILE *out, const char *word, const char *text)
{
    fprintf(out, " # %s %.*s", word, text ? (int)strcspn(text, "\n") : 0, text ? text : "");
}

static void line(FILE *out, const struct ms_report_entry *e, size_t number, struct ms_arena *a)
{
    const struct ms_outcome *o = e->o;
    for (size_t i = 0; i < o->result.n_reason; i++) {
        const struct ms_reason *r = &o->result.reason[i];
        if (r->verdict == MS_PASS)
            continue;
        diagnostic(out, ms_arena_printf(a, "%s %s%s%s", ms_verdict_name(r->verdict),
                                        r->reqs ? r->reqs : "", r->rule && *r->rule ? " rule " : "",
                                        r->rule ? r->rule : ""));
        if (r->line)
            diagnostic(out, ms_arena_printf(a, "%s:%u: %s", o->instance->c->file, r->line,
                                            r->step ? r->step : ""));
        diagnostic(out, ms_text_clean(a, r->text));
    }
    fprintf(out, "    %s %zu %s", e->standing == MS_STANDS_UNEXPECTED ? "not ok" : "ok", number,
            o->instance->name);
    if (o->repetition)
        fprintf(out, "~%u", o->repetition + 1);
    if (e->standing == MS_STANDS_SKIP)
        directive(out, "SKIP", ms_text_clean(a, o->result.skip_reason));
    else if (e->standing == MS_STANDS_EXPECTED)
        directive(out, "XFAIL", ms_text_clean(a, e->why));
    else if (o->result.verdict == MS_ERROR || o->result.verdict == MS_INCONC ||
             o->result.verdict == MS_WARN)
        fprintf(out, " # %s", ms_verdict_name(o->result.verdict));
    fputc('\n', out);
}

int ms_report_ktap(const struct ms_report *r, FILE *out, struct ms_error *err)
{
    struct ms_arena *a = ms_arena_new();
    size_t n;
    const char **section = section_list(a, r, &n);
    fprintf(out, "KTAP version 1\n1..%zu\n", n);
    if (r->site && *r->site->iface)
        fprintf(out, "# target %s on %s, %s %s\n", ms_text_clean(a, r->site->spec), r->site->iface,
                r->site->system, r->kernel ? r->kernel->release : "");
    for (size_t i = 0; i < n; i++) {
        struct section_counts c = section_count(r, section[i]);
        size_t number = 0;
        fprintf(out, "    KTAP version 1\n    # Subtest: %s\n    1..%zu\n",
                section_title(a, section[i]), c.tests);
        for (size_t k = 0; k < r->n; k++)
            if (strcmp(ms_instance_section(r->entry[k].o->instance), section[i]) == 0)
                line(out, &r->entry[k], ++number, a);
        fprintf(out, "%s %zu %s\n", c.failures + c.errors ? "not ok" : "ok", i + 1,
                section_title(a, section[i]));
    }
    ms_arena_free(a);
    return ferror(out) ? ms_fail_errno(err, "cannot write KTAP") : MS_OK;
}
