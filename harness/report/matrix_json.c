/* SPDX-License-Identifier: MIT */
/* The matrix as JSON, from tables of fields. */
#include "report/field_def.h"
#include "report/json.h"
#include "report/matrix_int.h"

/* ---- kernels --------------------------------------------------------------------------------------------- */

#define K struct ms_matrix_kernel
GET(ker_label, K, v->text = x->label)
GET(ker_point, K, v->text = x->point)
GET(ker_release, K, v->text = x->report->kernel->release)
GET(ker_version, K, v->text = x->report->kernel->version)
GET(ker_target, K, v->text = x->report->target)
GET(ker_machine, K, v->text = x->report->machine)
GET(ker_suite, K, v->text = x->report->suite->identity)
GET(ker_total, K, v->num = x->counts.total)
GET(ker_passed, K, v->num = x->counts.passed)
GET(ker_expected, K, v->num = x->counts.expected)
GET(ker_failed, K, v->num = x->counts.unexpected)
GET(ker_skipped, K, v->num = x->counts.skipped)
GET(ker_stale, K, v->num = x->counts.stale)
GET(ker_interrupted, K, v->num = x->interrupted)
GET(ker_beside, K, v->num = x->beside)
LIST(ker_files, K, x->n_files, x->file[i])
#undef K
static const struct ms_report_field kernel_fields[] = {
    {"kernel", MS_REPORT_STRING, "label of the column", .get = ker_label},
    {"upstream", MS_REPORT_STRING, "release by which its faults are told", .get = ker_point},
    {"release", MS_REPORT_STRING, "what it calls itself", .get = ker_release},
    {"version", MS_REPORT_STRING, "its version line", .get = ker_version},
    {"target", MS_REPORT_STRING, "how it was reached", .get = ker_target},
    {"machine", MS_REPORT_STRING, "architecture and processors", .get = ker_machine},
    {"suite", MS_REPORT_STRING, "SHA-256 over requirements, topologies and cases",
     .get = ker_suite},
    {"files", MS_REPORT_STRINGS, "results files of this column", COUNTED(ker_files)},
    {"results", MS_REPORT_NUMBER, "results", .get = ker_total},
    {"passed", MS_REPORT_NUMBER, "neither failed nor skipped", .get = ker_passed},
    {"expected", MS_REPORT_NUMBER, "expected deviations that showed", .get = ker_expected},
    {"failed", MS_REPORT_NUMBER, "fail, inconc or error that nobody expected", .get = ker_failed},
    {"skipped", MS_REPORT_NUMBER, "not run, or not to its end", .get = ker_skipped},
    {"stale", MS_REPORT_NUMBER, "expected deviations that no longer show", .get = ker_stale},
    {"interrupted", MS_REPORT_BOOL, "a run was stopped by the user", .get = ker_interrupted},
    {"beside", MS_REPORT_BOOL, "another build or machine of a series that has a column of its own",
     .get = ker_beside},
    {0},
};

/* ---- rows ------------------------------------------------------------------------------------------------ */

#define S struct ms_matrix_sum
GET(sum_kernel, S, v->text = x->kernel->label)
GET(sum_worst, S, v->text = x->results ? ms_verdict_name(x->worst) : "")
GET(sum_results, S, v->num = x->results)
GET(sum_ran, S, v->num = x->ran)
GET(sum_bad, S, v->num = x->bad)
GET(sum_unexpected, S, v->num = x->unexpected)
#undef S
static const struct ms_report_field sum_fields[] = {
    {"kernel", MS_REPORT_STRING, "column", .get = sum_kernel},
    {"verdict", MS_REPORT_STRING, "the worst of them, empty: not there", .get = sum_worst},
    {"results", MS_REPORT_NUMBER, "results that are there", .get = sum_results},
    {"ran", MS_REPORT_NUMBER, "those that were not skipped", .get = sum_ran},
    {"bad", MS_REPORT_NUMBER, "of these, with another verdict than pass", .get = sum_bad},
    {"unexpected", MS_REPORT_NUMBER, "of these, not expected", .get = sum_unexpected},
    {0},
};

/* A list of bugs is told by their ids; they stand in `bugs`. */
#define ROW struct ms_matrix_row
GET(row_name, ROW, v->text = x->name)
GET(row_level, ROW, v->text = x->requirement ? ms_level_name(x->requirement->level) : "")
GET(row_section, ROW, v->text = x->section)
GET(row_differs, ROW, v->num = x->differs)
LIST(row_sums, ROW, x->n, &x->sum[i])
LIST(row_bugs, ROW, x->n_bugs, x->bug[i]->id)
#undef ROW
static const struct ms_report_field requirement_fields[] = {
    {"requirement", MS_REPORT_STRING, "its id", .get = row_name},
    {"level", MS_REPORT_STRING, "MUST, SHOULD, ..., empty if it is not known", .get = row_level},
    {"section", MS_REPORT_STRING, "section of RFC 8684", .get = row_section},
    {"differs", MS_REPORT_BOOL, "not the same on all kernels", .get = row_differs},
    {"kernels", MS_REPORT_OBJECTS, "results that judge or break it, by column", COUNTED(row_sums),
     .of = sum_fields},
    {"known_bugs", MS_REPORT_STRINGS, "known bugs that break it on one of them", COUNTED(row_bugs)},
    {0},
};
static const struct ms_report_field case_fields[] = {
    {"case", MS_REPORT_STRING, "its name", .get = row_name},
    {"section", MS_REPORT_STRING, "section of RFC 8684", .get = row_section},
    {"differs", MS_REPORT_BOOL, "one of its results differs", .get = row_differs},
    {"kernels", MS_REPORT_OBJECTS, "its results, by column", COUNTED(row_sums), .of = sum_fields},
    {"known_bugs", MS_REPORT_STRINGS, "known bugs that show in it", COUNTED(row_bugs)},
    {0},
};

/* ---- results --------------------------------------------------------------------------------------------- */

#define C struct ms_matrix_cell
GET(cell_kernel, C, v->text = x->kernel->label)
GET(cell_verdict, C, v->text = x->side.there ? ms_verdict_name(x->side.verdict) : "")
GET(cell_standing, C, v->text = x->side.there ? ms_standing_name(x->side.standing) : "")
GET(cell_why, C, v->text = x->why)
GET(cell_text, C, v->text = x->side.text)
LIST(cell_broken, C, x->side.n_broken, x->side.broken[i])
LIST(cell_warned, C, x->side.n_warned, x->side.warned[i])
LIST(cell_bugs, C, x->n_bugs, x->bug[i]->id)
#undef C
static const struct ms_report_field cell_fields[] = {
    {"kernel", MS_REPORT_STRING, "column", .get = cell_kernel},
    {"verdict", MS_REPORT_STRING, "the worst of its repetitions, empty: not there",
     .get = cell_verdict},
    {"standing", MS_REPORT_STRING, "how it counts: pass, expected, skip or unexpected",
     .get = cell_standing},
    {"broken", MS_REPORT_STRINGS, "requirements and rules that it breaks", COUNTED(cell_broken)},
    {"warned", MS_REPORT_STRINGS, "those that only warn", COUNTED(cell_warned)},
    {"expected_because", MS_REPORT_STRING, "reason given for an expected deviation",
     .get = cell_why},
    {"known_bugs", MS_REPORT_STRINGS, "known bugs of this kernel that break what is broken",
     COUNTED(cell_bugs)},
    {"text", MS_REPORT_STRING, "what was expected and what came, or why it was skipped",
     .get = cell_text},
    {0},
};

GET(res_name, struct ms_matrix_result, v->text = x->instance->name)
GET(res_case, struct ms_matrix_result, v->text = x->instance->c->name)
GET(res_differs, struct ms_matrix_result, v->num = x->differs)
LIST(res_cells, struct ms_matrix_result, x->n, &x->cell[i])
static const struct ms_report_field result_fields[] = {
    {"result", MS_REPORT_STRING, "its name", .get = res_name},
    {"case", MS_REPORT_STRING, "case that it belongs to", .get = res_case},
    {"differs", MS_REPORT_BOOL, "kernels that have it do otherwise", .get = res_differs},
    {"kernels", MS_REPORT_OBJECTS, "one entry a column", COUNTED(res_cells), .of = cell_fields},
    {0},
};

/* ---- changes --------------------------------------------------------------------------------------------- */

#define C struct ms_matrix_change
GET(chg_result, C, v->text = x->result->instance->name)
GET(chg_kind, C, v->text = ms_matrix_kind_name(x->kind))
LIST(chg_names, C, x->n_names, x->name[i])
LIST(chg_bugs, C, x->n_bugs, x->bug[i]->id)
#undef C
static const struct ms_report_field change_fields[] = {
    {"result", MS_REPORT_STRING, "its name", .get = chg_result},
    {"change", MS_REPORT_STRING, "broken, fixed, otherwise, new or gone", .get = chg_kind},
    {"requirements", MS_REPORT_STRINGS, "requirements and rules that only one of the two breaks",
     COUNTED(chg_names)},
    {"known_bugs", MS_REPORT_STRINGS, "known bugs that explain it", COUNTED(chg_bugs)},
    {0},
};

#define S struct ms_matrix_step
GET(step_before, S, v->text = x->before->label)
GET(step_after, S, v->text = x->after->label)
GET(step_broken, S, v->num = x->count[MS_MATRIX_BROKEN])
GET(step_fixed, S, v->num = x->count[MS_MATRIX_FIXED])
GET(step_otherwise, S, v->num = x->count[MS_MATRIX_OTHERWISE])
GET(step_new, S, v->num = x->count[MS_MATRIX_NEW])
GET(step_gone, S, v->num = x->count[MS_MATRIX_GONE])
GET(step_same, S, v->num = x->same)
GET(step_unexplained, S, v->num = x->unexplained)
LIST(step_changes, S, x->n, &x->change[i])
#undef S
static const struct ms_report_field step_fields[] = {
    {"before", MS_REPORT_STRING, "column", .get = step_before},
    {"after", MS_REPORT_STRING, "the next column, or one beside it", .get = step_after},
    {"broken", MS_REPORT_NUMBER, "results that break more", .get = step_broken},
    {"fixed", MS_REPORT_NUMBER, "results that break less", .get = step_fixed},
    {"otherwise", MS_REPORT_NUMBER, "results that break other requirements", .get = step_otherwise},
    {"new", MS_REPORT_NUMBER, "results that were not there, or were skipped", .get = step_new},
    {"gone", MS_REPORT_NUMBER, "results that are not there any more, or are skipped",
     .get = step_gone},
    {"same", MS_REPORT_NUMBER, "results as before", .get = step_same},
    {"unexplained", MS_REPORT_NUMBER, "broken, fixed and otherwise without a known bug",
     .get = step_unexplained},
    {"changes", MS_REPORT_OBJECTS, "one entry a result that changed", COUNTED(step_changes),
     .of = change_fields},
    {0},
};

/* ---- the whole ------------------------------------------------------------------------------------------- */

GET(bug_id, struct ms_bug, v->text = x->id)
GET(bug_section, struct ms_bug, v->text = x->section)
GET(bug_fault, struct ms_bug, v->text = x->fault)
GET(bug_kernels, struct ms_bug, v->text = x->kernels)
GET(bug_fix, struct ms_bug, v->text = x->fix)
GET(bug_known, struct ms_bug, v->text = x->known)
static const struct ms_report_field bug_fields[] = {
    {"id", MS_REPORT_STRING, "name in the table of known bugs", .get = bug_id},
    {"section", MS_REPORT_STRING, "section of RFC 8684", .get = bug_section},
    {"fault", MS_REPORT_STRING, "what goes wrong", .get = bug_fault},
    {"kernels", MS_REPORT_STRING, "releases that have it", .get = bug_kernels},
    {"fix", MS_REPORT_STRING, "title of the change that mended it, empty for none", .get = bug_fix},
    {"known", MS_REPORT_STRING, "where it was told", .get = bug_known},
    {0},
};

#define M struct ms_matrix
GET(root_schema, M, (void)x; v->num = MS_REPORT_SCHEMA)
GET(root_suites, M, v->num = !x->other_suites)
GET(root_versions, M, v->num = !x->other_versions)
LIST(root_kernels, M, x->n_kernels, &x->kernel[i])
LIST(root_requirements, M, x->n_requirements, &x->requirement[i])
LIST(root_cases, M, x->n_cases, &x->acase[i])
LIST(root_results, M, x->n_results, &x->result[i])
LIST(root_steps, M, x->n_steps, &x->step[i])
LIST(root_bugs, M, x->n_bugs, x->bug[i])
#undef M
const struct ms_report_field ms_matrix_root_fields[] = {
    {"schema", MS_REPORT_NUMBER, "version of this format", .get = root_schema},
    {"same_suite", MS_REPORT_BOOL, "all files come from one suite", .get = root_suites},
    {"same_version", MS_REPORT_BOOL, "all files come from one version of mptcpspec",
     .get = root_versions},
    {"kernels", MS_REPORT_OBJECTS, "the columns, in their order", COUNTED(root_kernels),
     .of = kernel_fields},
    {"requirements", MS_REPORT_OBJECTS, "kernel x requirement", COUNTED(root_requirements),
     .of = requirement_fields},
    {"cases", MS_REPORT_OBJECTS, "kernel x case", COUNTED(root_cases), .of = case_fields},
    {"results", MS_REPORT_OBJECTS, "kernel x result", COUNTED(root_results), .of = result_fields},
    {"changes", MS_REPORT_OBJECTS, "from each kernel to the next", COUNTED(root_steps),
     .of = step_fields},
    {"known_bugs", MS_REPORT_OBJECTS, "those that are named above", COUNTED(root_bugs),
     .of = bug_fields},
    {0},
};

int ms_matrix_json(const struct ms_matrix *m, FILE *out, struct ms_error *err)
{
    return report_json_write(ms_matrix_root_fields, m, out, err);
}
