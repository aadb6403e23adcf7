/* SPDX-License-Identifier: MIT */
/* The whole trace of one result as JSON: every event, segments with every field of every option. */
#include <inttypes.h>
#include <string.h>

#include "report/json.h"

static const char *const kind_names[] = {"send",   "receive", "action", "done",
                                         "expect", "finding", "note"};

/* Numbers of 64 bits are written in hexadecimal: many readers of JSON keep 53 bits only. */
static json_t *value(const struct ms_field *f, const struct ms_value *v)
{
    if (v->type == MS_V_NUM && f->bits > 32)
        return json_sprintf("0x%016" PRIx64, v->num);
    if (v->type == MS_V_NUM)
        return json_integer((json_int_t)v->num);
    if (v->type == MS_V_BOOL)
        return json_boolean(v->num);
    struct ms_buf b = {0};
    ms_value_text(v, &b);
    json_t *out = json_string(b.data ? b.data : "");
    ms_buf_free(&b);
    return out;
}

/* Fields of one option (or of the header: opt NULL, name "tcp") that this form has. */
static json_t *fields(const char *name, const struct ms_seg *seg, const struct ms_opt *opt)
{
    json_t *out = json_object();
    for (const struct ms_field *f = ms_fields; f->option; f++) {
        struct ms_value v = {0};
        if (strcmp(f->option, name) == 0 && f->get && f->get(seg, opt, &v))
            json_object_set_new(out, f->name, value(f, &v));
    }
    return out;
}

static json_t *octets(const uint8_t *p, size_t n)
{
    struct ms_buf b = {0};
    for (size_t i = 0; i < n; i++)
        ms_buf_printf(&b, "%02x", p[i]);
    json_t *out = json_string(b.data ? b.data : "");
    ms_buf_free(&b);
    return out;
}

static json_t *segment(const struct ms_seg *seg)
{
    char addr[46];
    json_t *out = fields("tcp", seg, NULL), *opts = json_array();
    json_object_set_new(out, "src", json_string(ms_addr_text(&seg->src, addr)));
    json_object_set_new(out, "dst", json_string(ms_addr_text(&seg->dst, addr)));
    json_object_set_new(out, "payload_len", json_integer((json_int_t)seg->payload_len));
    for (size_t i = 0; i < seg->n_opt; i++) {
        const struct ms_opt *o = &seg->opt[i];
        const char *name = ms_opt_name(o);
        json_t *j = fields(name, seg, o);
        json_object_set_new(j, "option", json_string(name));
        json_object_set_new(
            j, "octets", octets(o->raw, o->occupied < sizeof o->raw ? o->occupied : sizeof o->raw));
        json_array_append_new(opts, j);
    }
    json_object_set_new(out, "options", opts);
    return out;
}

static void set_text(struct ms_arena *a, json_t *o, const char *key, const char *s)
{
    if (s && *s)
        json_object_set_new(o, key, report_json_string(a, s));
}

static json_t *event(struct ms_arena *a, const struct ms_trace *t, const struct ms_event *e)
{
    json_t *o = json_object();
    json_object_set_new(o, "kind", json_string(kind_names[e->kind]));
    json_object_set_new(o, "time_ns", json_integer((json_int_t)(e->time_ns - t->start_ns)));
    if (e->line)
        json_object_set_new(o, "line", json_integer(e->line));
    if (e->packet)
        json_object_set_new(o, "packet", json_integer(e->packet));
    set_text(a, o, "handle", e->handle);
    set_text(a, o, "at", e->at);
    if (e->automatic)
        json_object_set_new(o, "automatic", json_true());
    set_text(a, o, "text", e->text);
    if (e->kind == MS_EV_EXPECT || e->kind == MS_EV_FINDING) {
        json_object_set_new(o, "ok", json_boolean(e->ok));
        json_object_set_new(o, "verdict", json_string(ms_verdict_name(e->verdict)));
        set_text(a, o, "requirements", e->reqs);
        set_text(a, o, "rule", e->rule);
    }
    if (e->seg)
        json_object_set_new(o, "segment", segment(e->seg));
    return o;
}

int ms_trace_json_write(const struct ms_instance *i, unsigned repetition, uint64_t seed,
                        const struct ms_trace *t, const struct ms_result *r, FILE *out,
                        struct ms_error *err)
{
    struct ms_arena *a = ms_arena_new();
    json_t *root = json_object(), *events = json_array();
    json_object_set_new(root, "schema", json_integer(MS_REPORT_SCHEMA));
    json_object_set_new(root, "mptcpspec", json_string(MS_VERSION));
    json_object_set_new(root, "name", report_json_string(a, i->name));
    json_object_set_new(root, "file", report_json_string(a, i->c->file));
    json_object_set_new(root, "repetition", json_integer(repetition + 1));
    json_object_set_new(root, "seed", json_integer((json_int_t)seed));
    json_object_set_new(root, "verdict", json_string(ms_verdict_name(r->verdict)));
    for (size_t k = 0; k < t->n; k++)
        json_array_append_new(events, event(a, t, t->event[k]));
    json_object_set_new(root, "events", events);
    int rc = report_json_dump(root, out, err);
    ms_arena_free(a);
    return rc;
}
