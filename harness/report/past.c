/* SPDX-License-Identifier: MIT */
/*
 * Results files read again: an earlier run, or the shard of another machine, as the report that it was made from. Every
 * file is hostile: what is missing, of another type or twice there is told with its place.
 */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "mptcpspec/report.h"

struct past {
    struct ms_arena *a;
    struct ms_error *err;
    const char *where; /* "results[3]" */
    bool bad;          /* the first mistake stands in err */
};

static void mistake(struct past *p, const char *text)
{
    if (!p->bad)
        ms_fail(p->err, MS_ERR_PARSE, "no results of mptcpspec: %s: %s", p->where, text);
    p->bad = true;
}

static json_t *member(struct past *p, json_t *object, const char *key, json_type type,
                      const char *kind)
{
    json_t *v = json_object_get(object, key);
    if (v && json_typeof(v) == type)
        return v;
    mistake(p, ms_arena_printf(p->a, v ? "\"%s\" is not %s" : "\"%s\" is missing: it is %s", key,
                               kind));
    return NULL;
}

static const char *string(struct past *p, json_t *object, const char *key)
{
    json_t *v = member(p, object, key, JSON_STRING, "a string");
    return v ? ms_text_clean(p->a, json_string_value(v)) : "";
}

static uint64_t number(struct past *p, json_t *object, const char *key, uint64_t most)
{
    json_t *v = member(p, object, key, JSON_INTEGER, "a number");
    json_int_t n = v ? json_integer_value(v) : 0;
    if (n < 0 || (uint64_t)n > most) {
        mistake(p, ms_arena_printf(p->a, "\"%s\" is out of range", key));
        return 0;
    }
    return (uint64_t)n;
}

static unsigned small(struct past *p, json_t *object, const char *key)
{
    return (unsigned)number(p, object, key, INT32_MAX);
}

static bool boolean(struct past *p, json_t *object, const char *key)
{
    json_t *v = json_object_get(object, key);
    if (!json_is_boolean(v))
        mistake(p, ms_arena_printf(p->a, "\"%s\" is neither true nor false", key));
    return json_is_true(v);
}

/* Index of the word among `words`. */
static unsigned word(struct past *p, json_t *object, const char *key, const char *const *words,
                     unsigned n)
{
    const char *s = string(p, object, key);
    for (unsigned i = 0; i < n; i++)
        if (strcmp(words[i], s) == 0)
            return i;
    mistake(p, ms_arena_printf(p->a, "\"%s\" is '%.40s'", key, s));
    return 0;
}

static enum ms_verdict verdict(struct past *p, json_t *object)
{
    const char *words[MS_ERROR + 1];
    for (unsigned i = 0; i <= MS_ERROR; i++)
        words[i] = ms_verdict_name((enum ms_verdict)i);
    return (enum ms_verdict)word(p, object, "verdict", words, MS_ERROR + 1);
}

static enum ms_standing standing(struct past *p, json_t *object)
{
    const char *words[MS_STANDS_UNEXPECTED + 1];
    for (unsigned i = 0; i <= MS_STANDS_UNEXPECTED; i++)
        words[i] = ms_standing_name((enum ms_standing)i);
    return (enum ms_standing)word(p, object, "standing", words, MS_STANDS_UNEXPECTED + 1);
}

static const char **strings(struct past *p, json_t *object, const char *key, size_t *n)
{
    json_t *list = member(p, object, key, JSON_ARRAY, "a list"), *v;
    const char **out = ms_arena_alloc(p->a, (json_array_size(list) + 1) * sizeof *out);
    size_t i;
    *n = 0;
    json_array_foreach(list, i, v)
    {
        if (!json_is_string(v))
            mistake(p, ms_arena_printf(p->a, "\"%s\" holds something that is no string", key));
        else
            out[(*n)++] = ms_text_clean(p->a, json_string_value(v));
    }
    return out;
}

/* ---- results -------------------------------------------------------------------------------------------- */

static void reasons(struct past *p, json_t *object, struct ms_result *out)
{
    json_t *list = member(p, object, "reasons", JSON_ARRAY, "a list"), *v;
    out->reason = ms_arena_alloc(p->a, (json_array_size(list) + 1) * sizeof *out->reason);
    size_t i;
    json_array_foreach(list, i, v) out->reason[out->n_reason++] =
        (struct ms_reason){.verdict = verdict(p, v),
                           .reqs = string(p, v, "requirements"),
                           .rule = string(p, v, "rule"),
                           .line = small(p, v, "line"),
                           .step = string(p, v, "step"),
                           .packet = small(p, v, "packet"),
                           .text = string(p, v, "text")};
}

static struct ms_instance *instance(struct past *p, json_t *v)
{
    static const char *const families[] = {"ipv4", "ipv6"};
    struct ms_case *c = ms_arena_alloc(p->a, sizeof *c);
    struct ms_instance *i = ms_arena_alloc(p->a, sizeof *i);
    c->name = string(p, v, "case");
    c->file = string(p, v, "file");
    c->loc = (struct ms_loc){.file = c->file, .line = small(p, v, "line")};
    c->purpose = string(p, v, "purpose");
    c->section = string(p, v, "section");
    c->role = (enum ms_role)word(p, v, "role", ms_role_names, MS_ARRAY_LEN(ms_role_names));
    i->c = c;
    i->name = string(p, v, "name");
    i->number = number(p, v, "number", SIZE_MAX >> 1);
    i->family = word(p, v, "family", families, 2) == 0 ? MS_IPV4 : MS_IPV6;
    if (!*i->name)
        mistake(p, "\"name\" is empty");
    return i;
}

static void outcome(struct past *p, json_t *v, struct ms_outcome *o)
{
    o->instance = instance(p, v);
    o->repetition = small(p, v, "repetition") - 1;
    if (o->repetition > INT32_MAX)
        mistake(p, "\"repetition\" is out of range");
    struct ms_result *r = &o->result;
    r->verdict = verdict(p, v);
    r->skip_reason = string(p, v, "skip_reason");
    reasons(p, v, r);
    r->judged = strings(p, v, "judged", &r->n_judged);
    r->counters = string(p, v, "counters");
    r->wall_ns = number(p, v, "wall_ns", INT64_MAX);
    r->cpu_ns = number(p, v, "cpu_ns", INT64_MAX);
    r->syn_ns = number(p, v, "syn_ns", INT64_MAX);
    r->packets = small(p, v, "packets");
    r->lost = small(p, v, "lost");
    r->max_rss_kib = small(p, v, "max_rss_kib");
    r->rewrite_hits = number(p, v, "rewrite_hits", INT64_MAX);
    o->evidence = string(p, v, "evidence");
    o->evidence_error = "";
    o->ladder = string(p, v, "ladder");
    o->signal = (int)small(p, v, "signal");
    o->timed_out = boolean(p, v, "timed_out");
}

static void results(struct past *p, json_t *root, struct ms_report *r)
{
    p->where = "root";
    json_t *list = member(p, root, "results", JSON_ARRAY, "a list"), *v;
    size_t n = json_array_size(list), i;
    struct ms_outcome *o = ms_arena_alloc(p->a, (n + 1) * sizeof *o);
    r->entry = ms_arena_alloc(p->a, (n + 1) * sizeof *r->entry);
    json_array_foreach(list, i, v)
    {
        char where[40];
        snprintf(where, sizeof where, "results[%zu]", i);
        p->where = where;
        outcome(p, v, &o[i]);
        struct ms_report_entry *e = &r->entry[r->n++];
        e->o = &o[i];
        e->seed = number(p, v, "seed", INT64_MAX);
        e->why = string(p, v, "expected_because");
        e->standing = standing(p, v);
        if (p->bad)
            break;
    }
    p->where = "root";
}

/* ---- the run -------------------------------------------------------------------------------------------- */

static void profile(struct past *p, json_t *run, struct ms_report *r)
{
    json_t *list = member(p, run, "profile", JSON_ARRAY, "a list"), *v;
    struct ms_profile_item *out = ms_arena_alloc(p->a, (json_array_size(list) + 1) * sizeof *out);
    size_t i;
    json_array_foreach(list, i, v) out[r->n_profile++] = (struct ms_profile_item){
        string(p, v, "name"), string(p, v, "value"), boolean(p, v, "optional")};
    r->profile = out;
}

static void kernel(struct past *p, json_t *run, struct ms_report *r)
{
    struct ms_kernel_facts *k = ms_arena_alloc(p->a, sizeof *k);
    snprintf(k->release, sizeof k->release, "%s", string(p, run, "kernel_release"));
    snprintf(k->version, sizeof k->version, "%s", string(p, run, "kernel_version"));
    snprintf(k->config_sha256, sizeof k->config_sha256, "%s",
             string(p, run, "kernel_config_sha256"));
    r->kernel = k;
}

/* Results from before there were sites are those of a local target. */
static void site(struct past *p, json_t *run, struct ms_report *r)
{
    struct ms_site_facts *f = ms_arena_alloc(p->a, sizeof *f);
    *f = (struct ms_site_facts){.kind = r->target, .spec = "local", .iface = ""};
    r->site = f;
    if (!json_object_get(run, "site"))
        return;
    json_t *v = member(p, run, "site", JSON_OBJECT, "an object");
    p->where = "site";
    f->spec = string(p, v, "spec");
    f->iface = string(p, v, "iface");
    snprintf(f->agent, sizeof f->agent, "%s", string(p, v, "agent"));
    snprintf(f->profile, sizeof f->profile, "%s", string(p, v, "profile"));
    snprintf(f->system, sizeof f->system, "%s", string(p, v, "system"));
    snprintf(f->machine, sizeof f->machine, "%s", string(p, v, "machine"));
    f->processors = small(p, v, "processors");
    f->rtt_ns = number(p, v, "rtt_us", INT64_MAX / 1000) * 1000;
    p->where = "run";
}

static void run(struct past *p, json_t *root, struct ms_report *r)
{
    p->where = "root";
    json_t *v = member(p, root, "run", JSON_OBJECT, "an object");
    p->where = "run";
    if (!v)
        return;
    struct ms_suite *s = ms_arena_alloc(p->a, sizeof *s);
    *s = (struct ms_suite){.arena = p->a};
    snprintf(s->identity, sizeof s->identity, "%s", string(p, v, "suite"));
    r->suite = s;
    r->out_dir = "";
    r->version = string(p, v, "mptcpspec");
    r->command = string(p, v, "command");
    r->target = string(p, v, "target");
    r->selector = strings(p, v, "selectors", &r->n_selectors);
    r->chosen = number(p, v, "chosen", SIZE_MAX >> 1);
    r->shard = small(p, v, "shard");
    r->shards = small(p, v, "shards");
    if (r->shard > r->shards || (r->shards && !r->shard))
        mistake(p, "\"shard\" is out of range");
    r->seed = number(p, v, "seed", INT64_MAX);
    json_t *scale = json_object_get(v, "time_scale");
    if (!json_is_number(scale))
        mistake(p, "\"time_scale\" is not a number");
    r->time_scale = json_number_value(scale);
    r->jobs = small(p, v, "jobs");
    r->repeat = small(p, v, "repeat");
    r->strict = boolean(p, v, "strict");
    r->rewrite = strings(p, v, "rewrites", &r->n_rewrites);
    r->position = strings(p, v, "positions", &r->n_positions);
    r->interrupted = boolean(p, v, "interrupted");
    r->start_wall_ns = number(p, v, "start_ns", INT64_MAX);
    r->duration_ns = number(p, v, "duration_ns", INT64_MAX);
    r->machine = string(p, v, "machine");
    kernel(p, v, r);
    site(p, v, r);
    profile(p, v, r);
}

static void no_longer_shows(struct past *p, json_t *root, struct ms_report *r)
{
    p->where = "root";
    json_t *list = member(p, root, "no_longer_shows", JSON_ARRAY, "a list"), *v;
    struct ms_expected *e = ms_arena_alloc(p->a, sizeof *e);
    e->file = string(p, json_object_get(root, "run"), "expected_file");
    e->iut = "";
    e->d = ms_arena_alloc(p->a, (json_array_size(list) + 1) * sizeof *e->d);
    p->where = "no_longer_shows";
    size_t i;
    json_array_foreach(list, i, v) e->d[e->n++] =
        (struct ms_deviation){.result = string(p, v, "result"),
                              .requirement = string(p, v, "requirement"),
                              .rule = string(p, v, "rule"),
                              .reason = string(p, v, "reason"),
                              .applies = true,
                              .ran = true};
    r->expected = e;
}

static void read_root(struct past *p, json_t *root, struct ms_report *r)
{
    p->where = "root";
    json_t *schema = json_object_get(root, "schema");
    if (!json_is_integer(schema)) {
        mistake(p, "\"schema\" is missing");
    } else if (json_integer_value(schema) != MS_REPORT_SCHEMA) {
        ms_fail(p->err, MS_ERR_PARSE, "results of schema version %lld; this mptcpspec reads %d",
                (long long)json_integer_value(schema), MS_REPORT_SCHEMA);
        p->bad = true;
    }
    if (!p->bad)
        run(p, root, r);
    if (!p->bad)
        no_longer_shows(p, root, r);
    if (!p->bad)
        results(p, root, r);
}

int ms_report_load(struct ms_arena *a, const char *path, struct ms_report *r, struct ms_error *err)
{
    struct ms_error local;
    struct past p = {.a = a, .err = err ? err : &local};
    json_error_t je;
    *r = (struct ms_report){0};
    FILE *f = fopen(path, "re");
    if (!f)
        return ms_fail_errno(p.err, "cannot read %s", path);
    errno = 0;
    json_t *root = json_loadf(f, JSON_REJECT_DUPLICATES, &je);
    bool unread = ferror(f) != 0;
    if (unread)
        ms_fail_errno(p.err, "cannot read %s", path);
    fclose(f);
    if (unread) {
        json_decref(root);
        return MS_ERR_SYS;
    }
    if (!root)
        ms_fail(p.err, MS_ERR_PARSE, "no JSON: %s", je.text);
    else
        read_root(&p, root, r);
    if (!root || p.bad) {
        snprintf(p.err->file, sizeof p.err->file, "%s", path);
        p.err->line = !root && je.line > 0 ? (unsigned)je.line : 0;
        p.err->column = !root && je.column > 0 ? (unsigned)je.column : 0;
    } else {
        ms_report_count(r);
    }
    json_decref(root);
    return !root || p.bad ? MS_ERR_PARSE : MS_OK;
}
