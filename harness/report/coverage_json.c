/* SPDX-License-Identifier: MIT */
/* Coverage as JSON, and the snapshot that holds the evidence. */
#include <stdlib.h>

#include "report/field_def.h"
#include "report/json.h"

/* ---- one requirement ------------------------------------------------------------------------------------- */

GET(step_case, struct ms_tagged_step, v->text = x->c->name)
GET(step_file, struct ms_tagged_step, v->text = x->c->file)
GET(step_line, struct ms_tagged_step, v->num = x->step->loc.line)
GET(step_text, struct ms_tagged_step, v->text = x->step->text)
static const struct ms_report_field step_fields[] = {
    {"case", MS_REPORT_STRING, "name of the case", .get = step_case},
    {"file", MS_REPORT_STRING, "its file", .get = step_file},
    {"line", MS_REPORT_NUMBER, "line of the expectation", .get = step_line},
    {"step", MS_REPORT_STRING, "that line", .get = step_text},
    {0},
};

GET(kill_req, struct ms_evidence_kill, v->text = x->requirement)
GET(kill_mutant, struct ms_evidence_kill, v->text = x->mutant)
GET(kill_digest, struct ms_evidence_kill, v->text = x->digest)
GET(kill_result, struct ms_evidence_kill, v->text = x->result)
GET(kill_rule, struct ms_evidence_kill, v->text = x->rule)
static const struct ms_report_field kill_fields[] = {
    {"requirement", MS_REPORT_STRING, "what failed", .get = kill_req},
    {"mutant", MS_REPORT_STRING, "the mutant that it killed", .get = kill_mutant},
    {"digest", MS_REPORT_STRING, "of the mutant as it was hunted", .get = kill_digest},
    {"result", MS_REPORT_STRING, "where it failed", .get = kill_result},
    {"rule", MS_REPORT_STRING, "rule that failed, empty for an expectation", .get = kill_rule},
    {0},
};

#define ROW struct ms_cover_row
GET(row_id, ROW, v->text = x->req->id)
GET(row_section, ROW, v->text = x->req->section)
GET(row_level, ROW, v->text = ms_level_name(x->req->level))
GET(row_class, ROW, v->text = x->req->testable)
GET(row_text, ROW, v->text = x->req->text)
GET(row_cover, ROW, v->text = ms_cover_name(x->cover))
GET(row_why, ROW, v->text = x->why)
GET(row_way, ROW, v->text = ms_way_name(x->way))
GET(row_last, ROW, v->text = x->last)
LIST(row_steps, ROW, x->n_steps, &x->step[i])
LIST(row_rules, ROW, x->n_rules, x->rule[i]->name)
LIST(row_breaks, ROW, x->n_breaks, x->breaks[i]->name)
LIST(row_implies, ROW, x->n_implies, x->implies[i]->name)
LIST(row_kills, ROW, x->n_kills, x->kill[i])
#undef ROW
static const struct ms_report_field row_fields[] = {
    {"requirement", MS_REPORT_STRING, "its id", .get = row_id},
    {"section", MS_REPORT_STRING, "section of RFC 8684", .get = row_section},
    {"level", MS_REPORT_STRING, "MUST, MUST NOT, SHOULD, SHOULD NOT, MAY or FORMAT",
     .get = row_level},
    {"class", MS_REPORT_STRING, "how it can be tested, as the catalogue says", .get = row_class},
    {"text", MS_REPORT_STRING, "what it demands", .get = row_text},
    {"cover", MS_REPORT_STRING,
     "covered, not proven, tag only, not judged, excepted or not testable", .get = row_cover},
    {"why", MS_REPORT_STRING, "why it is not covered, of the exceptions or the catalogue",
     .get = row_why},
    {"way", MS_REPORT_STRING,
     "stimulus: a case provokes it and judges; passive: rules alone; empty: nothing judges it",
     .get = row_way},
    {"expectations", MS_REPORT_OBJECTS, "expectations that name it", COUNTED(row_steps),
     .of = step_fields},
    {"rules", MS_REPORT_STRINGS, "rules of the oracle that name it", COUNTED(row_rules)},
    {"mutants", MS_REPORT_STRINGS, "mutants that break it", COUNTED(row_breaks)},
    {"implied_by", MS_REPORT_STRINGS, "mutants with which it breaks too", COUNTED(row_implies)},
    {"kills", MS_REPORT_OBJECTS, "mutants that a failure of it killed", COUNTED(row_kills),
     .of = kill_fields},
    {"last_verdict", MS_REPORT_STRING,
     "pass, warn, fail, not reached or skip; empty if no results were given", .get = row_last},
    {0},
};

/* ---- shares and the whole -------------------------------------------------------------------------------- */

#define SHARE struct ms_cover_share
GET(share_name, SHARE, v->text = x->name)
GET(share_total, SHARE, v->num = x->total)
GET(share_yes, SHARE, v->num = x->n[MS_COVER_YES])
GET(share_unproven, SHARE, v->num = x->n[MS_COVER_UNPROVEN])
GET(share_tag, SHARE, v->num = x->n[MS_COVER_NO_MUTANT])
GET(share_none, SHARE, v->num = x->n[MS_COVER_NO_TAG])
GET(share_excepted, SHARE, v->num = x->n[MS_COVER_EXCEPTED])
GET(share_untestable, SHARE, v->num = x->n[MS_COVER_UNTESTABLE])
GET(share_percent, SHARE, v->real = ms_cover_percent(x))
#undef SHARE
static const struct ms_report_field share_fields[] = {
    {"name", MS_REPORT_STRING, "section, level or class", .get = share_name},
    {"total", MS_REPORT_NUMBER, "requirements", .get = share_total},
    {"covered", MS_REPORT_NUMBER, "with a tag and a mutant that it killed", .get = share_yes},
    {"not_proven", MS_REPORT_NUMBER, "with tag and mutant, but no kill is known",
     .get = share_unproven},
    {"tag_only", MS_REPORT_NUMBER, "with a tag and no mutant", .get = share_tag},
    {"not_judged", MS_REPORT_NUMBER, "without a tag", .get = share_none},
    {"excepted", MS_REPORT_NUMBER, "in the list of exceptions", .get = share_excepted},
    {"not_testable", MS_REPORT_NUMBER, "of class no", .get = share_untestable},
    {"percent", MS_REPORT_REAL, "covered, of the total", .get = share_percent},
    {0},
};

#define R struct ms_coverage
GET(root_schema, R, (void)x; v->num = MS_COVERAGE_SCHEMA)
GET(root_iut, R, (void)x; v->text = MS_COVERAGE_IUT)
GET(root_kernel, R, v->text = x->holding.kernel)
GET(root_lost, R, v->num = x->n_lost)
GET(root_gained, R, v->num = x->n_gained)
PART(whole, R, &x->all)
PART(strong, R, &x->strong)
LIST(root_sections, R, x->sections.n, &x->sections.share[i])
LIST(root_levels, R, x->levels.n, &x->levels.share[i])
LIST(root_classes, R, x->classes.n, &x->classes.share[i])
LIST(root_rows, R, x->n, &x->row[i])
#undef R
const struct ms_report_field ms_coverage_root_fields[] = {
    {"schema", MS_REPORT_NUMBER, "version of this format", .get = root_schema},
    {"iut", MS_REPORT_STRING, "implementation that the mutants were made of", .get = root_iut},
    {"kernel", MS_REPORT_STRING, "release of the kernel in the last hunt", .get = root_kernel},
    {"lost", MS_REPORT_NUMBER, "requirements covered in the snapshot and no longer",
     .get = root_lost},
    {"gained", MS_REPORT_NUMBER, "requirements covered and not in the snapshot",
     .get = root_gained},
    {"all", MS_REPORT_OBJECT, "the whole catalogue", .item = whole, .of = share_fields},
    {"strong", MS_REPORT_OBJECT, "MUST and MUST NOT", .item = strong, .of = share_fields},
    {"sections", MS_REPORT_OBJECTS, "shares by section", COUNTED(root_sections),
     .of = share_fields},
    {"levels", MS_REPORT_OBJECTS, "shares by level", COUNTED(root_levels), .of = share_fields},
    {"classes", MS_REPORT_OBJECTS, "shares by class", COUNTED(root_classes), .of = share_fields},
    {"requirements", MS_REPORT_OBJECTS, "one entry a requirement", COUNTED(root_rows),
     .of = row_fields},
    {0},
};

int ms_coverage_json(const struct ms_coverage *c, FILE *out, struct ms_error *err)
{
    return report_json_write(ms_coverage_root_fields, c, out, err);
}

/* ---- the snapshot ---------------------------------------------------------------------------------------- */

/* A kill a line: what changed shows in a diff, and branches merge. */
int ms_coverage_write_snapshot(const struct ms_coverage *c, const char *path, struct ms_error *err)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_output o;
    int rc = ms_output_open(&o, path, err);
    json_t *kernel = report_json_string(a, c->holding.kernel);
    char *quoted = json_dumps(kernel, JSON_ENCODE_ANY);
    if (rc == MS_OK) {
        fprintf(o.f, "{\n \"schema\": %d,\n \"iut\": \"%s\",\n \"kernel\": %s,\n \"kills\": [",
                MS_COVERAGE_SCHEMA, MS_COVERAGE_IUT, quoted ? quoted : "\"\"");
        for (size_t i = 0; i < c->holding.n; i++) {
            json_t *kill = report_json_object(a, kill_fields, &c->holding.kill[i]);
            fputs(i ? ",\n  " : "\n  ", o.f);
            json_dumpf(kill, o.f, 0);
            json_decref(kill);
        }
        fputs("\n ]\n}\n", o.f);
        rc = ms_output_commit(&o, err);
    }
    free(quoted);
    json_decref(kernel);
    ms_arena_free(a);
    return rc;
}
