/* SPDX-License-Identifier: MIT */
/* What a report says, declared once: name, type, meaning, and where it comes from. */
#include <string.h>

#include "report/field_def.h"

/* ---- reasons -------------------------------------------------------------------------------------------- */

GET(reason_verdict, struct ms_reason, v->text = ms_verdict_name(x->verdict))
GET(reason_reqs, struct ms_reason, v->text = x->reqs)
GET(reason_rule, struct ms_reason, v->text = x->rule)
GET(reason_line, struct ms_reason, v->num = x->line)
GET(reason_step, struct ms_reason, v->text = x->step)
GET(reason_packet, struct ms_reason, v->num = x->packet)
GET(reason_text, struct ms_reason, v->text = x->text)

const struct ms_report_field ms_report_reason_fields[] = {
    {"verdict", MS_REPORT_STRING,
     "what this alone would make the result; `pass` for an observation", .get = reason_verdict},
    {"requirements", MS_REPORT_STRING,
     "requirement ids that are broken, comma separated; empty for none", .get = reason_reqs},
    {"rule", MS_REPORT_STRING,
     "rule that was broken on the wire; empty for an expectation of the case", .get = reason_rule},
    {"line", MS_REPORT_NUMBER, "line of the case file, 0 for none", .get = reason_line},
    {"step", MS_REPORT_STRING, "that line", .get = reason_step},
    {"packet", MS_REPORT_NUMBER,
     "number of the packet that shows it, as in the capture; 0 for none", .get = reason_packet},
    {"text", MS_REPORT_STRING, "what was expected and what came", .get = reason_text},
    {0},
};

/* ---- results -------------------------------------------------------------------------------------------- */

GET(res_name, struct ms_report_entry, v->text = x->o->instance->name)
GET(res_number, struct ms_report_entry, v->num = x->o->instance->number)
GET(res_case, struct ms_report_entry, v->text = x->o->instance->c->name)
GET(res_file, struct ms_report_entry, v->text = x->o->instance->c->file)
GET(res_line, struct ms_report_entry, v->num = x->o->instance->c->loc.line)
GET(res_purpose, struct ms_report_entry, v->text = x->o->instance->c->purpose)
GET(res_section, struct ms_report_entry, v->text = ms_instance_section(x->o->instance))
GET(res_role, struct ms_report_entry, v->text = ms_role_names[x->o->instance->c->role])
GET(res_family, struct ms_report_entry,
    v->text = x->o->instance->family == MS_IPV4 ? "ipv4" : "ipv6")
GET(res_repetition, struct ms_report_entry, v->num = x->o->repetition + 1)
GET(res_seed, struct ms_report_entry, v->num = x->seed)
GET(res_verdict, struct ms_report_entry, v->text = ms_verdict_name(x->o->result.verdict))
GET(res_standing, struct ms_report_entry, v->text = ms_standing_name(x->standing))
GET(res_expected_because, struct ms_report_entry,
    v->text = x->standing == MS_STANDS_EXPECTED ? x->why : "")
GET(res_skip_reason, struct ms_report_entry,
    v->text = x->o->result.verdict == MS_SKIP ? x->o->result.skip_reason : "")
GET(res_evidence, struct ms_report_entry, v->text = x->o->evidence)
GET(res_ladder, struct ms_report_entry, v->text = x->o->ladder)
GET(res_counters, struct ms_report_entry, v->text = x->o->result.counters)
GET(res_wall, struct ms_report_entry, v->num = x->o->result.wall_ns)
GET(res_cpu, struct ms_report_entry, v->num = x->o->result.cpu_ns)
GET(res_syn, struct ms_report_entry, v->num = x->o->result.syn_ns)
GET(res_packets, struct ms_report_entry, v->num = x->o->result.packets)
GET(res_lost, struct ms_report_entry, v->num = x->o->result.lost)
GET(res_rss, struct ms_report_entry, v->num = (uint64_t)x->o->result.max_rss_kib)
GET(res_hits, struct ms_report_entry, v->num = x->o->result.rewrite_hits)
GET(res_signal, struct ms_report_entry, v->num = (uint64_t)x->o->signal)
GET(res_timed_out, struct ms_report_entry, v->num = x->o->timed_out)

LIST(reasons, struct ms_report_entry, x->o->result.n_reason, &x->o->result.reason[i])
LIST(judged, struct ms_report_entry, x->o->result.n_judged, x->o->result.judged[i])

const struct ms_report_field ms_report_result_fields[] = {
    {"name", MS_REPORT_STRING,
     "name of the result: case, family, value of each parameter; never changes its meaning",
     .get = res_name},
    {"number", MS_REPORT_NUMBER, "place in the suite, from 1", .get = res_number},
    {"case", MS_REPORT_STRING, "name of the case", .get = res_case},
    {"file", MS_REPORT_STRING, "case file", .get = res_file},
    {"line", MS_REPORT_NUMBER, "line where the case begins", .get = res_line},
    {"purpose", MS_REPORT_STRING, "what the case tests", .get = res_purpose},
    {"section", MS_REPORT_STRING, "section of RFC 8684", .get = res_section},
    {"role", MS_REPORT_STRING, "role of the implementation under test: listener, initiator or both",
     .get = res_role},
    {"family", MS_REPORT_STRING, "ipv4 or ipv6", .get = res_family},
    {"repetition", MS_REPORT_NUMBER, "from 1", .get = res_repetition},
    {"seed", MS_REPORT_NUMBER, "seed of the run that it comes from", .get = res_seed},
    {"verdict", MS_REPORT_STRING, "pass, warn, inconc, fail, error or skip", .get = res_verdict},
    {"standing", MS_REPORT_STRING, "how it counts: pass, expected, skip or unexpected",
     .get = res_standing},
    {"expected_because", MS_REPORT_STRING, "expected deviation: the reason that the list gives",
     .get = res_expected_because},
    {"skip_reason", MS_REPORT_STRING,
     "what the target lacks, or which position the run does not take", .get = res_skip_reason},
    {"reasons", MS_REPORT_OBJECTS, "what the verdict rests on, in the order of the run",
     COUNTED(reasons), .of = ms_report_reason_fields},
    {"judged", MS_REPORT_STRINGS, "requirements whose expectation was evaluated", COUNTED(judged)},
    {"evidence", MS_REPORT_STRING,
     "folder of capture and trace below the output folder, empty for none", .get = res_evidence},
    {"ladder", MS_REPORT_STRING, "the packets as text, for results that did not pass",
     .get = res_ladder},
    {"counters", MS_REPORT_STRING, "counters of the implementation that moved during the case",
     .get = res_counters},
    {"wall_ns", MS_REPORT_NUMBER, "time from the start of the case's process to its end",
     .get = res_wall},
    {"cpu_ns", MS_REPORT_NUMBER, "processor time of that process", .get = res_cpu},
    {"syn_ns", MS_REPORT_NUMBER, "first SYN sent to its SYN/ACK received, 0 if there was none",
     .get = res_syn},
    {"packets", MS_REPORT_NUMBER, "frames recorded", .get = res_packets},
    {"lost", MS_REPORT_NUMBER, "frames that capture or log lost", .get = res_lost},
    {"max_rss_kib", MS_REPORT_NUMBER, "largest resident size of the process", .get = res_rss},
    {"rewrite_hits", MS_REPORT_NUMBER, "how often the rewrites laid on the links changed something",
     .get = res_hits},
    {"signal", MS_REPORT_NUMBER, "signal that killed the process, 0 for none", .get = res_signal},
    {"timed_out", MS_REPORT_BOOL, "killed for living too long", .get = res_timed_out},
    {0},
};

/* ---- counts --------------------------------------------------------------------------------------------- */

GET(cnt_total, struct ms_report, v->num = x->counts.total)
GET(cnt_passed, struct ms_report, v->num = x->counts.passed)
GET(cnt_failed, struct ms_report, v->num = x->counts.unexpected)
GET(cnt_skipped, struct ms_report, v->num = x->counts.skipped)
GET(cnt_expected, struct ms_report, v->num = x->counts.expected)
GET(cnt_stale, struct ms_report, v->num = x->counts.stale)
GET(cnt_pass, struct ms_report, v->num = x->counts.verdict[MS_PASS])
GET(cnt_warn, struct ms_report, v->num = x->counts.verdict[MS_WARN])
GET(cnt_inconc, struct ms_report, v->num = x->counts.verdict[MS_INCONC])
GET(cnt_fail, struct ms_report, v->num = x->counts.verdict[MS_FAIL])
GET(cnt_error, struct ms_report, v->num = x->counts.verdict[MS_ERROR])

const struct ms_report_field ms_report_counts_fields[] = {
    {"total", MS_REPORT_NUMBER, "results", .get = cnt_total},
    {"passed", MS_REPORT_NUMBER,
     "neither failed nor skipped: warnings and expected deviations are among them",
     .get = cnt_passed},
    {"failed", MS_REPORT_NUMBER, "fail, inconc or error that nobody expected", .get = cnt_failed},
    {"skipped", MS_REPORT_NUMBER, "not run, or not to its end", .get = cnt_skipped},
    {"expected", MS_REPORT_NUMBER, "expected deviations that showed", .get = cnt_expected},
    {"stale", MS_REPORT_NUMBER, "expected deviations that no longer show", .get = cnt_stale},
    {"pass", MS_REPORT_NUMBER, "results with verdict pass", .get = cnt_pass},
    {"warn", MS_REPORT_NUMBER, "results with verdict warn", .get = cnt_warn},
    {"inconc", MS_REPORT_NUMBER, "results with verdict inconc", .get = cnt_inconc},
    {"fail", MS_REPORT_NUMBER, "results with verdict fail", .get = cnt_fail},
    {"error", MS_REPORT_NUMBER, "results with verdict error", .get = cnt_error},
    {0},
};

/* ---- the run -------------------------------------------------------------------------------------------- */

GET(run_version, struct ms_report, v->text = x->version)
GET(run_target, struct ms_report, v->text = x->target)
GET(run_suite, struct ms_report, v->text = x->suite->identity)
GET(run_chosen, struct ms_report, v->num = x->chosen)
GET(run_shard, struct ms_report, v->num = x->shard)
GET(run_shards, struct ms_report, v->num = x->shards)
GET(run_command, struct ms_report, v->text = x->command)
GET(run_seed, struct ms_report, v->num = x->seed)
GET(run_scale, struct ms_report, v->real = x->time_scale)
GET(run_jobs, struct ms_report, v->num = x->jobs)
GET(run_repeat, struct ms_report, v->num = x->repeat)
GET(run_strict, struct ms_report, v->num = x->strict)
GET(run_interrupted, struct ms_report, v->num = x->interrupted)
GET(run_start, struct ms_report, v->num = x->start_wall_ns)
GET(run_duration, struct ms_report, v->num = x->duration_ns)
GET(run_machine, struct ms_report, v->text = x->machine)
GET(run_release, struct ms_report, v->text = x->kernel ? x->kernel->release : "")
GET(run_kversion, struct ms_report, v->text = x->kernel ? x->kernel->version : "")
GET(run_kconfig, struct ms_report, v->text = x->kernel ? x->kernel->config_sha256 : "")
GET(run_expected_file, struct ms_report, v->text = x->expected ? x->expected->file : "")

LIST(rewrites, struct ms_report, x->n_rewrites, x->rewrite[i])
LIST(selectors, struct ms_report, x->n_selectors, x->selector[i])

LIST(positions, struct ms_report, x->n_positions, x->position[i])

GET(prof_name, struct ms_profile_item, v->text = x->name)
GET(prof_value, struct ms_profile_item, v->text = x->value)
GET(prof_optional, struct ms_profile_item, v->num = x->optional)
static const struct ms_report_field profile_fields[] = {
    {"name", MS_REPORT_STRING, "sysctl", .get = prof_name},
    {"value", MS_REPORT_STRING, "what it is set to in the namespace under test", .get = prof_value},
    {"optional", MS_REPORT_BOOL, "may be missing on a kernel", .get = prof_optional},
    {0},
};
LIST(profile, struct ms_report, x->n_profile, &x->profile[i])

#define S struct ms_site_facts
GET(site_spec, S, v->text = x->spec)
GET(site_iface, S, v->text = x->iface)
GET(site_agent, S, v->text = x->agent)
GET(site_profile, S, v->text = x->profile)
GET(site_system, S, v->text = x->system)
GET(site_machine, S, v->text = x->machine)
GET(site_processors, S, v->num = x->processors)
GET(site_rtt, S, v->num = x->rtt_ns / 1000)
#undef S
static const struct ms_report_field site_fields[] = {
    {"spec", MS_REPORT_STRING, "--target as it was given, `local` without one", .get = site_spec},
    {"iface", MS_REPORT_STRING, "the tester's interface, empty for a local target",
     .get = site_iface},
    {"agent", MS_REPORT_STRING, "version of the agent, empty without one", .get = site_agent},
    {"profile", MS_REPORT_STRING, "profile of the service, empty without one", .get = site_profile},
    {"system", MS_REPORT_STRING, "operating system under test, empty if it is not known",
     .get = site_system},
    {"machine", MS_REPORT_STRING, "its architecture, empty if it is not known",
     .get = site_machine},
    {"processors", MS_REPORT_NUMBER, "its processors, 0 if that is not known",
     .get = site_processors},
    {"rtt_us", MS_REPORT_NUMBER, "round trip to it in microseconds, 0 for a local target",
     .get = site_rtt},
    {0},
};
static const struct ms_site_facts nowhere = {.kind = "", .spec = "", .iface = ""};
PART(run_site, struct ms_report, x->site ? x->site : &nowhere)

const struct ms_report_field ms_report_run_fields[] = {
    {"mptcpspec", MS_REPORT_STRING, "version of the harness", .get = run_version},
    {"command", MS_REPORT_STRING, "command line", .get = run_command},
    {"target", MS_REPORT_STRING, "kind of the implementation under test", .get = run_target},
    {"site", MS_REPORT_OBJECT, "where the implementation under test is", .item = run_site,
     .of = site_fields},
    {"suite", MS_REPORT_STRING, "SHA-256 over requirements, topologies and cases",
     .get = run_suite},
    {"selectors", MS_REPORT_STRINGS, "what was asked for, empty for everything",
     COUNTED(selectors)},
    {"chosen", MS_REPORT_NUMBER, "results that the selectors choose, in all shards together",
     .get = run_chosen},
    {"shard", MS_REPORT_NUMBER, "which part of them this is, 0: the whole", .get = run_shard},
    {"shards", MS_REPORT_NUMBER, "number of parts, 0: not divided", .get = run_shards},
    {"seed", MS_REPORT_NUMBER, "seed of the run (below 2^53): the tester's numbers follow from it",
     .get = run_seed},
    {"time_scale", MS_REPORT_REAL, "factor on every bound", .get = run_scale},
    {"jobs", MS_REPORT_NUMBER, "cases side by side", .get = run_jobs},
    {"repeat", MS_REPORT_NUMBER, "runs of each result", .get = run_repeat},
    {"strict", MS_REPORT_BOOL, "SHOULD counts as MUST", .get = run_strict},
    {"rewrites", MS_REPORT_STRINGS, "rewrites laid on every link", COUNTED(rewrites)},
    {"positions", MS_REPORT_STRINGS, "ID=READING of each position not read as usual",
     COUNTED(positions)},
    {"interrupted", MS_REPORT_BOOL, "stopped by the user", .get = run_interrupted},
    {"start_ns", MS_REPORT_NUMBER, "nanoseconds since 1970", .get = run_start},
    {"duration_ns", MS_REPORT_NUMBER, "wall time of the whole run", .get = run_duration},
    {"machine", MS_REPORT_STRING, "architecture and processors of the tester", .get = run_machine},
    {"kernel_release", MS_REPORT_STRING, "release of the kernel under test", .get = run_release},
    {"kernel_version", MS_REPORT_STRING, "its version line", .get = run_kversion},
    {"kernel_config_sha256", MS_REPORT_STRING,
     "SHA-256 of its configuration, empty if it cannot be read", .get = run_kconfig},
    {"profile", MS_REPORT_OBJECTS, "sysctls of the namespace under test", COUNTED(profile),
     .of = profile_fields},
    {"expected_file", MS_REPORT_STRING, "list of expected deviations, empty for none",
     .get = run_expected_file},
    {0},
};

/* ---- the whole ------------------------------------------------------------------------------------------ */

GET(root_schema, struct ms_report, (void)x; v->num = MS_REPORT_SCHEMA)
PART(self, struct ms_report, x)
LIST(results, struct ms_report, x->n, &x->entry[i])

/* Entries that did not show, counted over those that ran. */
static bool is_stale(const struct ms_deviation *d)
{
    return d->applies && d->ran && !d->shown;
}
static size_t stale_count(const void *subject)
{
    const struct ms_expected *e = ((const struct ms_report *)subject)->expected;
    size_t n = 0;
    for (size_t i = 0; e && i < e->n; i++)
        n += is_stale(&e->d[i]);
    return n;
}
static const void *stale_item(const void *subject, size_t i)
{
    const struct ms_expected *e = ((const struct ms_report *)subject)->expected;
    for (size_t k = 0; k < e->n; k++)
        if (is_stale(&e->d[k]) && i-- == 0)
            return &e->d[k];
    return NULL;
}
GET(dev_result, struct ms_deviation, v->text = x->result)
GET(dev_req, struct ms_deviation, v->text = x->requirement)
GET(dev_rule, struct ms_deviation, v->text = x->rule)
GET(dev_reason, struct ms_deviation, v->text = x->reason)
static const struct ms_report_field deviation_fields[] = {
    {"result", MS_REPORT_STRING, "name of the result", .get = dev_result},
    {"requirement", MS_REPORT_STRING, "requirement, empty when a rule is named", .get = dev_req},
    {"rule", MS_REPORT_STRING, "rule, empty when a requirement is named", .get = dev_rule},
    {"reason", MS_REPORT_STRING, "reason that the list gives", .get = dev_reason},
    {0},
};

const struct ms_report_field ms_report_root_fields[] = {
    {"schema", MS_REPORT_NUMBER, "version of this format", .get = root_schema},
    {"run", MS_REPORT_OBJECT, "what was run, where and how", .item = self,
     .of = ms_report_run_fields},
    {"counts", MS_REPORT_OBJECT, "sums over the results", .item = self,
     .of = ms_report_counts_fields},
    {"no_longer_shows", MS_REPORT_OBJECTS,
     "expected deviations whose result ran without showing them", COUNTED(stale),
     .of = deviation_fields},
    {"results", MS_REPORT_OBJECTS, "one entry a result and repetition", COUNTED(results),
     .of = ms_report_result_fields},
    {0},
};

void ms_report_count(struct ms_report *r)
{
    r->counts = (struct ms_counts){.total = r->n};
    for (size_t i = 0; i < r->n; i++) {
        const struct ms_report_entry *e = &r->entry[i];
        r->counts.verdict[e->o->result.verdict]++;
        r->counts.expected += e->standing == MS_STANDS_EXPECTED;
        r->counts.unexpected += e->standing == MS_STANDS_UNEXPECTED;
        r->counts.skipped += e->standing == MS_STANDS_SKIP;
    }
    r->counts.passed = r->n - r->counts.unexpected - r->counts.skipped;
    r->counts.stale = stale_count(r);
}

void ms_report_fill(struct ms_report *r, struct ms_arena *a, const struct ms_outcome *outcome,
                    size_t n, struct ms_expected *expected)
{
    r->n = n;
    r->entry = ms_arena_alloc(a, (n + 1) * sizeof *r->entry);
    r->expected = expected;
    for (size_t i = 0; i < n; i++) {
        struct ms_report_entry *e = &r->entry[i];
        e->o = &outcome[i];
        e->seed = r->seed;
        e->standing = ms_expected_judge(expected, e->o, &e->why);
    }
    ms_report_count(r);
}
