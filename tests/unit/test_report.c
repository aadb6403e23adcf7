/* SPDX-License-Identifier: MIT */
/* Reports: each is well formed whatever the texts, says what its schema says, and appears whole or not at all. */
#include <dirent.h>
#include <jansson.h>
#include <libxml/xmlschemas.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fields_check.h"
#include "suite_fixture.h"

#define HOSTILE "came \x01 <nothing> ]]> & \xff\nok 1 forged # SKIP"

static struct ms_reason fail_reason[] = {
    {MS_FAIL, "R-3.2-34", "", 14, "B: expect RST \"<>\"", 2, HOSTILE},
    {MS_WARN, "R-3.2-36", "reset-reason", 0, "", 2, "no reason"},
};
static struct ms_reason warn_reason[] = {
    {MS_WARN, "R-3.1-02", "", 5, "A: expect SYN", 1, "version 0"}};
static struct ms_reason error_reason[] = {{MS_ERROR, "", "", 0, "", 0, "the case's process died"}};
static const char *judged[] = {"R-3.2-34"};

static const struct ms_outcome outcomes[] = {
    {.instance = &fixture_instances[0],
     .result = {.verdict = MS_FAIL,
                .n_reason = 2,
                .reason = fail_reason,
                .wall_ns = 1500000001,
                .n_judged = 1,
                .judged = judged,
                .counters = "a +1",
                .skip_reason = ""},
     .ladder = "1 ----> SYN <mss>\n",
     .evidence = "evidence/join",
     .evidence_error = ""},
    {.instance = &fixture_instances[1],
     .result = {.verdict = MS_SKIP, .skip_reason = "no counters"},
     .ladder = "",
     .evidence = "",
     .evidence_error = ""},
    {.instance = &fixture_instances[2],
     .result = {.verdict = MS_WARN, .n_reason = 1, .reason = warn_reason},
     .ladder = "",
     .evidence = "",
     .evidence_error = ""},
    {.instance = &fixture_instances[2],
     .repetition = 1,
     .result = {.verdict = MS_ERROR, .n_reason = 1, .reason = error_reason},
     .ladder = "",
     .evidence = "",
     .evidence_error = "",
     .signal = 11},
    {.instance = &fixture_instances[3], .ladder = "", .evidence = "", .evidence_error = ""},
};

static struct ms_suite suite;
static struct ms_kernel_facts kernel = {.release = "6.1.0", .version = "#1", .mptcp = true};

static struct ms_report sample(struct ms_arena *a)
{
    suite = fixture_suite();
    struct ms_report r = {.suite = &suite,
                          .command = "mptcpspec run",
                          .seed = 7,
                          .time_scale = 1,
                          .jobs = 4,
                          .repeat = 1,
                          .out_dir = "out",
                          .kernel = &kernel,
                          .machine = "test"};
    ms_report_fill(&r, a, outcomes, MS_ARRAY_LEN(outcomes), NULL);
    return r;
}

static char *render(int (*f)(const struct ms_report *r, FILE *out, struct ms_error *err),
                    const struct ms_report *r)
{
    char *text;
    size_t len;
    struct ms_error err = {0};
    FILE *out = open_memstream(&text, &len);
    ck_assert_msg(f(r, out, &err) == MS_OK, "%s", err.msg);
    fclose(out);
    return text;
}

START_TEST(counts)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_report r = sample(a);
    UNIT_NUM_EQ(r.counts.total, 5);
    UNIT_NUM_EQ(r.counts.passed, 2); /* a warning passes */
    UNIT_NUM_EQ(r.counts.unexpected, 2);
    UNIT_NUM_EQ(r.counts.skipped, 1);
    ms_arena_free(a);
}
END_TEST

START_TEST(fields_are_in_schema_and_documentation)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_error err = {0};
    json_error_t je;
    char *doc;
    size_t len;
    ck_assert_msg(ms_file_read(a, "docs/reports.md", &doc, &len, &err) == MS_OK, "%s", err.msg);
    json_t *schema = json_load_file("reports/results.schema.json", 0, &je);
    ck_assert_msg(schema != NULL, "%s", je.text);
    same_fields(ms_report_root_fields, schema, "", doc);
    json_decref(schema);
    ms_arena_free(a);
}
END_TEST

START_TEST(json_holds_every_field)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_report r = sample(a);
    char *text = render(ms_report_json, &r);
    json_error_t je;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &je);
    ck_assert_msg(root != NULL, "line %d: %s", je.line, je.text);
    const json_t *results = json_object_get(root, "results");
    UNIT_NUM_EQ(json_array_size(results), 5);
    size_t i;
    json_t *v;
    json_array_foreach(results, i,
                       v) for (const struct ms_report_field *f = ms_report_result_fields; f->name;
                               f++) right_type(json_object_get(v, f->name), f);
    for (const struct ms_report_field *f = ms_report_run_fields; f->name; f++)
        right_type(json_object_get(json_object_get(root, "run"), f->name), f);
    const json_t *first = json_array_get(results, 0);
    ck_assert_str_eq(json_string_value(json_object_get(first, "standing")), "unexpected");
    const json_t *reason = json_array_get(json_object_get(first, "reasons"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(reason, "text")),
                     "came ? <nothing> ]]> & ?\nok 1 forged # SKIP");
    json_decref(root);
    free(text);
    ms_arena_free(a);
}
END_TEST

START_TEST(junit_follows_its_schema)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_report r = sample(a);
    char *text = render(ms_report_junit, &r);
    xmlDocPtr doc = xmlReadMemory(text, (int)strlen(text), "junit.xml", NULL, 0);
    ck_assert(doc != NULL);
    xmlSchemaParserCtxtPtr pc = xmlSchemaNewParserCtxt("reports/junit.xsd");
    xmlSchemaPtr schema = xmlSchemaParse(pc);
    ck_assert(schema != NULL);
    xmlSchemaValidCtxtPtr vc = xmlSchemaNewValidCtxt(schema);
    ck_assert_msg(xmlSchemaValidateDoc(vc, doc) == 0, "%s", text);
    static const char *const must[] = {
        "tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"1\"",
        "<testsuite name=\"RFC 8684 section 3.1\" tests=\"3\"",
        "name=\"open.initiator.version/ipv4/version=0~2\"",
        "time=\"1.500000\"",
        "type=\"fail\"",
        "<skipped message=\"no counters\"/>",
        "<system-out>warn R-3.1-02 cases/open/version.case:5",
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(must); i++)
        ck_assert_msg(strstr(text, must[i]) != NULL, "lacks %s:\n%s", must[i], text);
    xmlSchemaFreeValidCtxt(vc);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(pc);
    xmlFreeDoc(doc);
    free(text);
    ms_arena_free(a);
}
END_TEST

START_TEST(ktap_cannot_be_forged)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_report r = sample(a);
    char *text = render(ms_report_ktap, &r);
    ck_assert(strncmp(text, "KTAP version 1\n1..2\n", 20) == 0);
    size_t results = 0;
    for (char *save, *line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        line += strspn(line, " ");
        ck_assert_msg(strstr(line, "forged") == NULL || *line == '#', "%s", line);
        results += strncmp(line, "ok", 2) == 0 || strncmp(line, "not ok", 6) == 0;
    }
    UNIT_NUM_EQ(results, 5 + 2);
    free(text);
    ms_arena_free(a);
}
END_TEST

START_TEST(the_last_line_on_a_terminal)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_report r = sample(a);
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    struct ms_terminal t = {.out = out, .columns = 80, .loud = MS_NORMAL};
    ms_terminal_end(&t, &r);
    fclose(out);
    static const char last[] = "\n2 passed, 2 failed, 1 skipped\n";
    ck_assert_msg(strcmp(text + len - strlen(last), last) == 0, "%s", text);
    static const char *const must[] = {"R-3.2-34",
                                       "MUST, RFC 8684 3.2",
                                       "resets the subflow",
                                       "cases/join/ack-hmac.case:14: B: expect RST",
                                       "1 ----> SYN",
                                       "out/evidence/join",
                                       "mptcpspec run 'join.listener.ack-hmac/ipv4' --seed 7"};
    for (size_t i = 0; i < MS_ARRAY_LEN(must); i++)
        ck_assert_msg(strstr(text, must[i]) != NULL, "lacks '%s':\n%s", must[i], text);
    ck_assert_ptr_eq(strchr(text, '\033'), NULL);
    free(text);
    ms_arena_free(a);
}
END_TEST

/* ---- captures ------------------------------------------------------------------------------------------- */

START_TEST(captures_are_read_back)
{
    enum { LOG = 1 << 16 };
    struct ms_arena *a = ms_arena_new();
    struct ms_framelog log;
    struct ms_trace t;
    uint8_t frame[3][61];
    ms_framelog_init(&log, ms_arena_alloc(a, LOG), LOG);
    ms_trace_init(&t, a, &log);
    for (unsigned i = 0; i < 3; i++) {
        memset(frame[i], (int)(0x30 + i), sizeof frame[i]);
        UNIT_NUM_EQ(
            ms_framelog_add(&log, i, i % 2 ? MS_DIR_RX : MS_DIR_TX, 1000 * i, frame[i], 60 + i % 2),
            i + 1);
    }
    struct ms_event *e = ms_trace_add(&t, MS_EV_FINDING, 0);
    *e = (struct ms_event){
        .kind = MS_EV_FINDING, .packet = 2, .rule = "hmac", .reqs = "R-1", .text = HOSTILE};
    char path[] = "/tmp/test-report-XXXXXX", eb[PCAP_ERRBUF_SIZE];
    FILE *out = fdopen(mkstemp(path), "w");
    struct ms_error err = {0};
    ck_assert_msg(
        ms_pcapng_write(&fixture_instances[0], &t, true, "hardware", "system", out, &err) == MS_OK,
        "%s", err.msg);
    fclose(out);
    pcap_t *p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, eb);
    ck_assert_msg(p != NULL, "%s", eb);
    UNIT_NUM_EQ(pcap_datalink(p), DLT_EN10MB);
    struct pcap_pkthdr *h;
    const u_char *octets;
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_msg(pcap_next_ex(p, &h, &octets) == 1, "%s", pcap_geterr(p));
        unit_octets_eq("frame", octets, h->caplen, frame[i], 60 + i % 2);
    }
    ck_assert_int_eq(pcap_next_ex(p, &h, &octets), PCAP_ERROR_BREAK);
    pcap_close(p);
    unlink(path);
    ms_arena_free(a);
}
END_TEST

/* Names of interfaces in the order of the file, and the interface of each packet. */
static void capture_sides(const struct ms_instance *i, const uint32_t *iface, size_t n, char *names,
                          size_t cap, uint32_t *got)
{
    enum { LOG = 1 << 16 };
    struct ms_arena *a = ms_arena_new();
    struct ms_framelog log;
    struct ms_trace t;
    struct ms_error err = {0};
    static const uint8_t frame[64];
    ms_framelog_init(&log, ms_arena_alloc(a, LOG), LOG);
    ms_trace_init(&t, a, &log);
    for (size_t k = 0; k < n; k++)
        ms_framelog_add_cut(&log, iface[k], MS_DIR_RX, k, frame, sizeof frame, 1514);
    char path[] = "/tmp/test-report-XXXXXX";
    FILE *out = fdopen(mkstemp(path), "w");
    ck_assert_int_eq(ms_pcapng_write(i, &t, true, "", "", out, &err), MS_OK);
    fclose(out);
    struct ms_capture *c;
    struct ms_capture_packet p;
    ck_assert_msg(ms_capture_open(&c, path, &(struct ms_capture_config){0}, &err) == MS_OK, "%s",
                  err.msg);
    *names = '\0';
    for (size_t k = 0; ms_capture_next(c, &p, &err) == 1; k++) {
        const char *name = ms_capture_iface_name(c, p.iface);
        UNIT_NUM_EQ(p.len, 64);
        UNIT_NUM_EQ(p.wire_len, 1514);
        got[k] = p.iface;
        snprintf(names + strlen(names), cap - strlen(names), "%s ", name);
    }
    ms_capture_close(c);
    unlink(path);
    ms_arena_free(a);
}

START_TEST(captures_have_sides)
{
    static const uint32_t iface[] = {0, 1, 3, MS_IFACE_TESTER, MS_IFACE_TESTER + 1, 4000000000u};
    char names[256];
    uint32_t got[6] = {0};
    struct ms_case c = *fixture_instances[0].c;
    struct ms_instance i = fixture_instances[0];
    i.c = &c;
    c.role = MS_ROLE_BOTH;
    capture_sides(&i, iface, 3, names, sizeof names, got);
    ck_assert_str_eq(names, "path1-client path1-server path2-server ");
    c.role = MS_ROLE_LISTENER;
    capture_sides(&i, iface, 6, names, sizeof names, got);
    ck_assert_str_eq(names, "path1 path2 path4 path1-tester path2-tester ");
    UNIT_NUM_EQ(got[4], 5);
}
END_TEST

/* Of a long capture: both ends, and what is an event. */
START_TEST(captures_are_thinned)
{
    enum { LOG = 1 << 20, FRAMES = 6000, EVENT = 4500 };
    struct ms_arena *a = ms_arena_new();
    struct ms_framelog log;
    struct ms_trace t;
    struct ms_error err = {0};
    static const uint8_t frame[64];
    ms_framelog_init(&log, ms_arena_alloc(a, LOG), LOG);
    ms_trace_init(&t, a, &log);
    for (uint32_t k = 1; k <= FRAMES; k++)
        UNIT_NUM_EQ(ms_framelog_add(&log, 0, MS_DIR_RX, k, frame, 20 + k % 40), k);
    ms_trace_add(&t, MS_EV_FINDING, EVENT)->packet = EVENT;
    for (int whole = 0; whole < 2; whole++) {
        struct ms_capture *c;
        struct ms_capture_packet p;
        char *octets;
        size_t size, n = 0;
        uint64_t last = 0;
        bool event = false;
        FILE *out = open_memstream(&octets, &size);
        ck_assert_int_eq(ms_pcapng_write(&fixture_instances[0], &t, whole, "", "", out, &err),
                         MS_OK);
        fclose(out);
        ck_assert(whole != (memmem(octets, 200, "999 packets", 11) != NULL));
        ck_assert_int_eq(ms_capture_open_memory(&c, octets, size, &err), MS_OK);
        for (; ms_capture_next(c, &p, &err) == 1; n++) {
            ck_assert_uint_gt(p.time_ns, last);
            last = p.time_ns;
            event |= n == 4000 && p.len == 20 + EVENT % 40;
        }
        UNIT_NUM_EQ(n, whole ? FRAMES : 5001);
        ck_assert(whole || event);
        ms_capture_close(c);
        free(octets);
    }
    ms_arena_free(a);
}
END_TEST

START_TEST(evidence_folders_are_safe)
{
    static const struct {
        const char *name;
        unsigned repetition;
        const char *want; /* a name ending in '-' is followed by a hash */
    } v[] = {
        {"join.ack/ipv4/len=4", 0, "join.ack/ipv4/len=4"},
        {"join.ack/ipv4/len=4", 1, "join.ack/ipv4/len=4~2"},
        {"../../etc/x", 0, "_./_./etc/x-"},
        {"a/.hidden", 0, "a/_hidden-"},
        {"a/v=x\"0a 0b\"", 0, "a/v=x_0a_0b_-"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(v); i++) {
        char got[256];
        ms_evidence_dir(v[i].name, v[i].repetition, got, sizeof got);
        size_t n = strlen(v[i].want);
        bool hashed = v[i].want[n - 1] == '-';
        ck_assert_msg(hashed ? strncmp(got, v[i].want, n) == 0 && strlen(got) == n + 8
                             : strcmp(got, v[i].want) == 0,
                      "%s: want %s, got %s", v[i].name, v[i].want, got);
    }
    char one[256], two[256];
    ms_evidence_dir("a b", 0, one, sizeof one);
    ms_evidence_dir("a_b", 0, two, sizeof two);
    ck_assert_str_ne(one, two);
    char longer[400];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    ms_evidence_dir(longer, 0, one, sizeof one);
    ck_assert_uint_lt(strlen(one), 200);
}
END_TEST

/* ---- files ---------------------------------------------------------------------------------------------- */

static size_t entries(const char *dir)
{
    size_t n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.' || strlen(e->d_name) > 2;
    closedir(d);
    return n;
}

START_TEST(files_appear_whole_or_not_at_all)
{
    char dir[] = "/tmp/test-report-XXXXXX", path[64];
    struct ms_error err = {0};
    struct ms_output o;
    ck_assert(mkdtemp(dir) != NULL);
    snprintf(path, sizeof path, "%s/report", dir);
    ck_assert_int_eq(ms_output_open(&o, path, &err), MS_OK);
    fputs("old", o.f);
    ck_assert_int_ne(access(path, F_OK), 0); /* not before it is complete */
    ck_assert_int_eq(ms_output_commit(&o, &err), MS_OK);
    UNIT_NUM_EQ(entries(dir), 1);

    /* A write that fails half way leaves the old file and nothing else. */
    struct rlimit l = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
    getrlimit(RLIMIT_FSIZE, &l);
    l.rlim_cur = 4096;
    setrlimit(RLIMIT_FSIZE, &l);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(ms_output_open(&o, path, &err), MS_OK);
    for (int i = 0; i < 10000; i++)
        fputs("new", o.f);
    ck_assert_int_lt(ms_output_commit(&o, &err), 0);
    ck_assert_msg(strstr(err.msg, "cannot write") && strstr(err.msg, path), "%s", err.msg);
    l.rlim_cur = l.rlim_max;
    setrlimit(RLIMIT_FSIZE, &l);
    UNIT_NUM_EQ(entries(dir), 1);
    char text[8] = "";
    FILE *f = fopen(path, "r");
    ck_assert_uint_eq(fread(text, 1, sizeof text - 1, f), 3);
    fclose(f);
    ck_assert_str_eq(text, "old");

    ck_assert_int_lt(ms_output_open(&o, dir, &err), 0); /* a folder */
    ck_assert_int_lt(ms_output_open(&o, "/nowhere/at/all", &err), 0);
    ck_assert_int_lt(ms_output_open(&o, "", &err), 0);
    unlink(path);
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

UNIT_MAIN("report", counts, fields_are_in_schema_and_documentation, json_holds_every_field,
          junit_follows_its_schema, ktap_cannot_be_forged, the_last_line_on_a_terminal,
          captures_are_read_back, captures_have_sides, captures_are_thinned,
          evidence_folders_are_safe, files_appear_whole_or_not_at_all)
