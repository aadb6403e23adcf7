/* SPDX-License-Identifier: MIT */
/* lint: what captures do to segments, what is kept of findings, and the renderings. */
#include "fields_check.h"

#include "lint/records.h"
#include "lint/segment.h"

/* ---- segments -------------------------------------------------------------------------------------------- */

struct shape {
    const char *what;
    size_t payload;  /* of the packet */
    size_t captured; /* octets of the frame at hand, 0: all */
    uint16_t ip_len; /* as the header says; 1: what is right */
    uint16_t frag;   /* flags and offset of the IPv4 header */
    bool spoil;      /* another payload octet than the checksum was made for */
    enum segment_kind kind;
    bool csum_ok, csum_unknown;
    size_t missing;
};

START_TEST(segments)
{
    static const struct shape t[] = {
        {"ordinary", 100, 0, 1, 0, false, SEGMENT_TCP, true, false, 0},
        {"damaged", 100, 0, 1, 0, true, SEGMENT_TCP, false, false, 0},
        {"merged on reception: the sum of the first is no damage", 3000, 0, 1, 0, true, SEGMENT_TCP,
         true, true, 0},
        {"super-segment without a length", 60000, 0, 0, 0, false, SEGMENT_TCP, true, false, 0},
        {"cut by the snap length", 100, 80, 1, 0, true, SEGMENT_TCP, true, true, 74},
        {"super-segment without a length, cut", 60000, 154, 0, 0, false, SEGMENT_TCP, true, true,
         59900},
        {"first fragment", 100, 0, 1, 0x2000, false, SEGMENT_FRAGMENT, false, false, 0},
        {"last fragment", 100, 0, 1, 0x0100, false, SEGMENT_FRAGMENT, false, false, 0},
    };
    static uint8_t payload[60000], frame[65536 + 64];
    for (size_t i = 0; i < MS_ARRAY_LEN(t); i++) {
        struct ms_seg seg = {.family = MS_IPV4,
                             .sport = 1,
                             .dport = 2,
                             .flags = MS_TH_ACK,
                             .payload = payload,
                             .payload_len = t[i].payload};
        struct ms_opt opts[MS_OPTS_MAX];
        struct ms_capture_ip ip;
        size_t len;
        ms_addr_parse("10.0.0.1", &seg.src);
        ms_addr_parse("10.0.0.2", &seg.dst);
        ck_assert_int_eq(ms_seg_encode(&seg, frame, sizeof frame, &len), MS_OK);
        if (t[i].ip_len != 1)
            ms_put16(frame + 16, t[i].ip_len);
        ms_put16(frame + 20, t[i].frag);
        frame[54] ^= t[i].spoil;
        const struct ms_capture_packet p = {
            .link = 1,
            .octets = frame,
            .len = (uint32_t)(t[i].captured ? t[i].captured : len),
            .wire_len = (uint32_t)len,
        };
        enum segment_kind kind = segment_read(&p, &ip, &seg, opts);
        ck_assert_msg(kind == t[i].kind, "%s: kind %d", t[i].what, (int)kind);
        if (kind != SEGMENT_TCP)
            continue;
        ck_assert_msg(seg.tcp_csum_ok == t[i].csum_ok, "%s: checksum", t[i].what);
        ck_assert_msg(seg.csum_unknown == t[i].csum_unknown, "%s: checksum unknown", t[i].what);
        ck_assert_msg(seg.missing == t[i].missing, "%s: %zu missing", t[i].what, seg.missing);
        UNIT_NUM_EQ(seg.payload_len + seg.missing, t[i].payload);
    }
    /* The first header behind IPv6 tells a fragment. */
    static const uint8_t six[48] = {0x60, [5] = 8, [6] = 44, [7] = 64, [40] = 6, [43] = 1};
    const struct ms_capture_packet p = {.link = 101, .octets = six, .len = 48, .wire_len = 48};
    struct ms_capture_ip ip;
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    ck_assert_int_eq(segment_read(&p, &ip, &seg, opts), SEGMENT_FRAGMENT);
}
END_TEST

/* ---- records --------------------------------------------------------------------------------------------- */

START_TEST(records_are_bounded)
{
    struct records r;
    records_init(&r);
    char text[] = "the same memory every time";
    struct ms_lint_finding f = {.rule = ms_rules[1], .verdict = MS_WARN, .conn = 7, .text = text};
    for (unsigned i = 0; i < 3 * MS_LINT_KEPT; i++) {
        f.packet = i;
        ck_assert(records_add(&r, &f));
        UNIT_NUM_EQ(f.nth, i + 1);
    }
    f.rule = ms_rules[0];
    f.verdict = MS_FAIL;
    ck_assert(records_add(&r, &f));
    UNIT_NUM_EQ(f.nth, 1);
    struct record *d = records_find(&r, 7);
    ck_assert_ptr_nonnull(d);
    UNIT_NUM_EQ(d->findings, 3 * MS_LINT_KEPT + 1);
    UNIT_NUM_EQ(d->n, MS_LINT_KEPT);
    ck_assert_int_eq(d->worst, MS_FAIL);
    text[0] = 'X';
    ck_assert_str_eq(d->kept[0].text, "the same memory every time");
    /* Many connections together, some in one bucket. */
    for (uint32_t c = 0; c < 200; c++)
        for (unsigned i = 0; i < 2 * MS_LINT_KEPT; i++) {
            f.conn = c * 512 + 1;
            ck_assert(records_add(&r, &f));
        }
    UNIT_NUM_EQ(r.kept, MS_LINT_KEPT_ALL);
    records_drop(&r, 7);
    ck_assert_ptr_null(records_find(&r, 7));
    UNIT_NUM_EQ(r.kept, MS_LINT_KEPT_ALL - MS_LINT_KEPT);
    records_drop(&r, 7);
    records_free(&r);
    UNIT_NUM_EQ(r.kept, 0);
}
END_TEST

/* ---- renderings ------------------------------------------------------------------------------------------ */

struct sample {
    struct ms_conn conn;
    struct ms_flow flow[2];
    const struct ms_flow *flows[2];
    struct ms_lint_finding finding;
    struct ms_lint_conn c;
    struct ms_lint_rule_count rule;
    struct ms_lint_result result;
    struct ms_lint_file file;
    struct ms_lint_report report;
};

static void sample(struct sample *s)
{
    *s = (struct sample){0};
    ms_addr_parse("10.0.0.1", &s->flow[0].addr[0]);
    ms_addr_parse("10.0.0.2", &s->flow[0].addr[1]);
    ms_addr_parse("fd00::1", &s->flow[1].addr[0]);
    ms_addr_parse("fd00::2", &s->flow[1].addr[1]);
    for (uint32_t i = 0; i < 2; i++) {
        s->flow[i].number = i + 1;
        s->flow[i].kind = i ? MS_FLOW_JOIN : MS_FLOW_CAPABLE;
        s->flow[i].port[0] = 4000;
        s->flow[i].port[1] = 80;
        s->flow[i].synack_seen = true;
        s->flow[i].first_ns = 5000000000;
        s->flow[i].last_ns = 6500000000;
        s->flow[i].half[0].octets = 1234567;
        s->flow[i].half[0].repeated = 4567;
        s->flows[i] = &s->flow[i];
    }
    s->flow[0].end = MS_END_RST;
    s->flow[0].ended_by = MS_ACCEPTOR;
    s->flow[1].fallback = "the third packet had no MP_CAPABLE";
    s->conn.number = 3;
    s->conn.flows = 2;
    s->conn.csum_known = true;
    s->conn.side[0].fin_known = true;
    s->finding = (struct ms_lint_finding){.rule = ms_rule_find("dack-back"),
                                          .verdict = MS_FAIL,
                                          .packet = 12,
                                          .time_ns = 5100000000,
                                          .conn = 3,
                                          .flow = 1,
                                          .nth = 1,
                                          .text = "came \x01 <\"nothing\">\n"};
    s->c = (struct ms_lint_conn){.conn = &s->conn,
                                 .verdict = MS_FAIL,
                                 .n_flow = 2,
                                 .flow = s->flows,
                                 .findings = 9,
                                 .n_finding = 1,
                                 .finding = &s->finding,
                                 .n_unknown = 1,
                                 .unknown = {{"segments are missing from the capture", 8}},
                                 .base_ns = 4000000000};
    s->rule = (struct ms_lint_rule_count){s->finding.rule, 9, 12};
    s->result = (struct ms_lint_result){.path = "odd \"name\"",
                                        .format = "pcap",
                                        .verdict = MS_FAIL,
                                        .packets = 50,
                                        .conns = 1,
                                        .conns_by = {[MS_FAIL] = 1},
                                        .n_rule = 1,
                                        .rule = &s->rule,
                                        .n_finding = 1,
                                        .finding = &s->finding};
    s->file = (struct ms_lint_file){&s->result, "cut off"};
    static const struct ms_rule *ignored[1];
    ignored[0] = ms_rules[0];
    s->report = (struct ms_lint_report){
        .command = "lint", .at = "", .n_ignore = 1, .ignore = ignored, .verdict = MS_FAIL};
}

static void right_types(const json_t *o, const struct ms_report_field *fields)
{
    size_t n = 0;
    for (const struct ms_report_field *f = fields; f->name; f++, n++) {
        const json_t *v = json_object_get(o, f->name);
        right_type(v, f);
        for (size_t i = 0; f->type == MS_REPORT_OBJECTS && i < json_array_size(v); i++)
            right_types(json_array_get(v, i), f->of);
    }
    UNIT_NUM_EQ(json_object_size(o), n);
}

/* However many files and connections: one JSON text with every field. */
START_TEST(json_holds_every_field)
{
    for (unsigned files = 0; files < 3; files++)
        for (unsigned conns = 0; conns < 3; conns++) {
            struct sample s;
            struct ms_lint_json j;
            char *text = NULL;
            size_t len;
            json_error_t je;
            sample(&s);
            FILE *out = open_memstream(&text, &len);
            ms_lint_json_begin(&j, &s.report, out);
            for (unsigned i = 0; i < files; i++) {
                ms_lint_json_file(&j, s.result.path);
                for (unsigned k = 0; k < conns; k++)
                    ms_lint_json_conn(&j, &s.c);
                ms_lint_json_file_end(&j, &s.file);
            }
            ms_lint_json_end(&j, &s.report);
            fclose(out);
            json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &je);
            ck_assert_msg(root != NULL, "line %d: %s\n%s", je.line, je.text, text);
            right_types(root, ms_lint_root_fields);
            const json_t *list = json_object_get(root, "files");
            UNIT_NUM_EQ(json_array_size(list), files);
            for (unsigned i = 0; i < files; i++) {
                const json_t *c = json_object_get(json_array_get(list, i), "connections");
                UNIT_NUM_EQ(json_array_size(c), conns);
                if (!conns)
                    continue;
                const json_t *flow =
                    json_array_get(json_object_get(json_array_get(c, 0), "subflows"), 1);
                ck_assert_str_eq(json_string_value(json_object_get(flow, "opener")), "fd00::1");
            }
            json_decref(root);
            free(text);
        }
}
END_TEST

START_TEST(fields_are_in_schema_and_documentation)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_error err = {0};
    json_error_t je;
    char *doc;
    size_t len;
    ck_assert_msg(ms_file_read(a, "docs/lint.md", &doc, &len, &err) == MS_OK, "%s", err.msg);
    json_t *schema = json_load_file("reports/lint.schema.json", 0, &je);
    ck_assert_msg(schema != NULL, "%s", je.text);
    same_fields(ms_lint_root_fields, schema, "", doc);
    json_decref(schema);
    ms_arena_free(a);
}
END_TEST

START_TEST(sections_of_rules)
{
    static const struct {
        const char *reqs, *want;
    } t[] = {
        {"R-3.3.2-05", "RFC 8684 3.3.2"},
        {"R-3.2-14, R-3.2-26", "RFC 8684 3.2"},
        {"R-3.1-07, R-3.3-02, R-3.3-03", "RFC 8684 3.1, 3.3"},
        {"", ""},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(t); i++) {
        char text[128];
        const struct ms_rule r = {.reqs = t[i].reqs};
        ck_assert_str_eq(ms_rule_sections(&r, text, sizeof text), t[i].want);
        ms_rule_sections(&r, text, 12); /* no room: cut, not overrun */
        ck_assert_uint_lt(strlen(text), 12);
    }
}
END_TEST

static char *view_of(struct sample *s, enum ms_loudness loud, unsigned findings)
{
    struct ms_terminal t = {.loud = loud};
    struct ms_lint_view v = {.t = &t};
    char *text = NULL;
    size_t len;
    t.out = open_memstream(&text, &len);
    for (unsigned i = 1; i <= findings; i++) {
        s->finding.nth = i;
        ms_lint_view_finding(&v, &s->finding);
    }
    ms_lint_view_conn(&v, &s->c);
    ms_lint_view_file(&v, &s->file);
    fclose(t.out);
    return text;
}

static unsigned count(const char *text, const char *what)
{
    unsigned n = 0;
    for (const char *p = text; (p = strstr(p, what)); p++)
        n++;
    return n;
}

START_TEST(text_for_people)
{
    struct sample s;
    sample(&s);
    char *normal = view_of(&s, MS_NORMAL, 9), *all = view_of(&s, MS_VERBOSE, 9),
         *quiet = view_of(&s, MS_QUIET, 9);
    UNIT_NUM_EQ(count(normal, "packet 12: fail dack-back [R-3.3.2-05] "), 3);
    UNIT_NUM_EQ(count(all, "packet 12: fail dack-back [R-3.3.2-05] "), 9);
    UNIT_NUM_EQ(count(quiet, "packet 12:"), 0);
    static const char *const lines[] = {
        "... and 6 more findings of the same rules",
        "connection 3: fail, 2 subflows, checksums off, 9 findings\n",
        ("  first     1  10.0.0.1:4000 > 10.0.0.2:80  1.000000 .. 2.500000 s  1.2 MB > < 0 B "
         "(4.6 kB repeated)  RST by acceptor\n"),
        "  join      2  [fd00::1]:4000 > [fd00::2]:80  ",
        "fallback to TCP: the third packet had no MP_CAPABLE\n",
        "  the DATA_FIN of the initiator is not Data-ACKed\n",
        "  not judged in full: segments are missing from the capture (packet 8)\n",
        "  dack-back  FORMAT  RFC 8684 3.3.2  9 times, first in packet 12\n",
        "odd \"name\": not read to its end, until there fail, 50 packets in ",
        ", 1 MPTCP connection: 1 fail\n",
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(lines); i++)
        ck_assert_msg(strstr(normal, lines[i]) != NULL, "no \"%s\" in:\n%s", lines[i], normal);
    ck_assert_ptr_null(strstr(quiet, "connection 3"));
    ck_assert_ptr_nonnull(strstr(quiet, "dack-back"));
    free(normal);
    free(all);
    free(quiet);
}
END_TEST

/* The copy has every packet as it was, its comments, and the findings on the packets that show them. */
START_TEST(annotated_copy)
{
    struct sample s;
    sample(&s);
    char *first = NULL, *second = NULL;
    size_t n_first, n_second;
    const char *text;
    size_t len;
    uint32_t pos = 0;
    static const uint8_t octets[5] = {1, 2, 3, 4, 5};
    struct ms_capture *c;
    struct ms_capture_packet p;
    /* Twice: what was annotated is annotated again, with a finding at the very end. */
    FILE *out = open_memstream(&first, &n_first);
    struct ms_annotate *a = ms_annotate_new(out, "source");
    static const uint8_t none[] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0,
                                   0,    0,    0,    0,    0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
    ck_assert_int_eq(ms_capture_open_memory(&c, none, 24, NULL), MS_OK);
    ms_annotate_finding(a, &s.finding);
    ms_annotate_packet(a, c,
                       &(struct ms_capture_packet){.octets = octets,
                                                   .len = 5,
                                                   .wire_len = 9,
                                                   .link = 1,
                                                   .time_ns = 1234567890123456789,
                                                   .dir = MS_CAPTURE_OUT});
    ms_annotate_end(a);
    fclose(out);
    ms_capture_close(c);

    ck_assert_int_eq(ms_capture_open_memory(&c, first, n_first, NULL), MS_OK);
    ck_assert_int_eq(ms_capture_next(c, &p, NULL), 1);
    out = open_memstream(&second, &n_second);
    a = ms_annotate_new(out, "source");
    ms_annotate_packet(a, c, &p);
    ms_annotate_finding(a, &s.finding); /* after the last packet */
    ms_annotate_end(a);
    fclose(out);
    ms_capture_close(c);

    ck_assert_int_eq(ms_capture_open_memory(&c, second, n_second, NULL), MS_OK);
    ck_assert_int_eq(ms_capture_next(c, &p, NULL), 1);
    UNIT_NUM_EQ(p.time_ns, 1234567890123456789);
    UNIT_NUM_EQ(p.wire_len, 9);
    UNIT_NUM_EQ(p.dir, MS_CAPTURE_OUT);
    UNIT_NUM_EQ(p.link, 1);
    unit_octets_eq("packet", p.octets, p.len, octets, sizeof octets);
    for (unsigned i = 0; i < 2; i++) {
        static const char want[] = "fail: breaks rule dack-back [R-3.3.2-05]: came ";
        ck_assert(ms_capture_comment(&p, &pos, &text, &len));
        ck_assert_uint_gt(len, sizeof want);
        unit_octets_eq("comment", text, sizeof want - 1, want, sizeof want - 1);
    }
    ck_assert(!ms_capture_comment(&p, &pos, &text, &len));
    ck_assert_int_eq(ms_capture_next(c, &p, NULL), 0);
    ms_capture_close(c);
    free(first);
    free(second);
}
END_TEST

UNIT_MAIN("lint", segments, records_are_bounded, json_holds_every_field,
          fields_are_in_schema_and_documentation, sections_of_rules, text_for_people,
          annotated_copy)
