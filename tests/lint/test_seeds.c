/* SPDX-License-Identifier: MIT */
/* The captures of seeds/, made from listings that others published of real connections. */
#include "judge.h"
#include "listing.h"

/* What each shows, exactly. */
static const struct seed {
    const char *name;
    const char *story;
    const char *rules; /* that are broken */
} seeds[] = {
    {"loopback",
     "pass, version 1, no checksums, tokens c1f12b87 5bba80d9, DATA_FIN none and none\n"
     "MP_CAPABLE 127.0.0.1:52854 > 127.0.0.1:12345 id 0, 3 + 2 packets, 12 + 0 octets, "
     "open\n",
     ""},
    {"internet",
     "pass, version 1, no checksums, tokens d5c005d6 0661ac7f, DATA_FIN none and none\n"
     "MP_CAPABLE 78.129.5.171:41510 > 192.0.2.4:12345 id 0, 3 + 2 packets, 6 + 0 octets, "
     "open\n",
     ""},
    {"two-subflows",
     "pass, version 1, no checksums, tokens e1e3cdeb eef7df2f, DATA_FIN Data-ACKed and Data-ACKed\n"
     "MP_CAPABLE 192.168.0.37:47672 > 5.196.67.207:80 id 0, 11 + 9 packets, 17 + 601 octets, FIN\n"
     "MP_JOIN 192.168.0.43:34801 > 5.196.67.207:80 id 8, 8 + 6 packets, 0 + 0 octets, FIN\n",
     ""},
    {"no-data-ack",
     "warn, version 1, no checksums, tokens 768f615c b85a1ad2, DATA_FIN never Data-ACKed and never "
     "Data-ACKed\n"
     "MP_CAPABLE 192.0.2.1:41212 > 192.0.2.2:4321 id 0, 6 + 5 packets, 32 + 0 octets, FIN\n",
     "fin-acked"},
};

static void read_seed(const char *name, struct listing *l, struct capture *cap)
{
    char path[128];
    snprintf(path, sizeof path, "tests/lint/seeds/%s.txt", name);
    listing_read(l, path, cap);
}

/* Newer versions of tcpdump print an option's length where older ones did not. */
static void without_length(char *line)
{
    char *at = strstr(line, "mptcp "), *end;
    if (!at)
        return;
    strtoul(at + 6, &end, 10);
    if (end != at + 6)
        memmove(at + 6, end + 1, strlen(end));
}

/* tcpdump names interfaces of this machine: the names of the listing are put in the place of what it says. */
static void same_lines(const struct listing *l, FILE *got)
{
    char line[1024];
    const char *want = l->text.data;
    while (fgets(line, sizeof line, got)) {
        without_length(line);
        size_t n = strcspn(want, "\n");
        char *from = line;
        const char *w = want;
        if (l->n_iface) {
            ck_assert_int_eq(strncmp(line, want, 16), 0);
            from = strstr(line, " IP ");
            w = strstr(want, " IP ");
            ck_assert(from && w);
        }
        ck_assert_msg(strncmp(from, w, n - (size_t)(w - want)) == 0, "want %.*s\ngot  %s", (int)n,
                      want, line);
        want += n + 1;
    }
    ck_assert_msg(!*want, "missing: %s", want);
}

/* What tcpdump shows of the capture is the listing that it was made from. */
START_TEST(rebuilt)
{
    if (system("command -v tcpdump >/dev/null") != 0) {
        puts("rebuilt: left out, tcpdump is not here");
        return;
    }
    for (size_t i = 0; i < MS_ARRAY_LEN(seeds); i++) {
        char path[] = "/tmp/mptcpspec-seed-XXXXXX", cmd[128];
        struct listing l;
        struct capture cap = {0};
        int fd = mkstemp(path);
        ck_assert_int_ge(fd, 0);
        close(fd);
        read_seed(seeds[i].name, &l, &cap);
        cap_write(&cap, path);
        snprintf(cmd, sizeof cmd, "TZ=UTC tcpdump --micro -n -r %s 2>/dev/null", path);
        FILE *f = popen(cmd, "r");
        ck_assert_ptr_nonnull(f);
        same_lines(&l, f);
        ck_assert_int_eq(pclose(f), 0);
        unlink(path);
        cap_free(&cap);
        ms_buf_free(&l.text);
    }
}
END_TEST

static const char *fin_text(const struct ms_side *s)
{
    return !s->fin_known ? "none" : ms_side_fin_acked(s) ? "Data-ACKed" : "never Data-ACKed";
}

static void tell_flow(struct ms_buf *b, const struct ms_flow *f)
{
    static const char *const kinds[] = {"plain", "MP_CAPABLE", "MP_JOIN", "middle"};
    static const char *const ends[] = {"open", "FIN", "RST", "MP_FASTCLOSE"};
    char opener[46], acceptor[46];
    ms_buf_printf(b, "%s %s:%u > %s:%u id %u, %llu + %llu packets, %llu + %llu octets, %s%s%s\n",
                  kinds[f->kind], ms_addr_text(&f->addr[0], opener), f->port[0],
                  ms_addr_text(&f->addr[1], acceptor), f->port[1], f->half[0].addr_id,
                  (unsigned long long)f->half[0].packets, (unsigned long long)f->half[1].packets,
                  (unsigned long long)f->half[0].octets, (unsigned long long)f->half[1].octets,
                  ends[f->end], f->fallback ? ", plain TCP: " : "", f->fallback ? f->fallback : "");
}

static void tell(void *ctx, const struct ms_lint_conn *c)
{
    struct judgement *j = ctx;
    const struct ms_side *s = c->conn->side;
    ms_buf_printf(&j->story, "%s, version %u, %s checksums, tokens %08x %08x, DATA_FIN %s and %s\n",
                  ms_verdict_name(c->verdict), s[0].version, c->conn->csum ? "with" : "no",
                  s[0].token, s[1].token, fin_text(&s[0]), fin_text(&s[1]));
    for (size_t i = 0; i < c->n_flow; i++)
        tell_flow(&j->story, c->flow[i]);
    for (size_t i = 0; i < c->n_unknown; i++)
        ms_buf_printf(&j->story, "unknown: %s\n", c->unknown[i].reason);
}

/* What is wrong, and nothing else, wherever it is said to have been made; the story is told in full. */
START_TEST(judged)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(seeds); i++)
        for (unsigned at = MS_OBS_RECEIVER; at <= MS_OBS_MIDDLE; at *= 2)
            for (unsigned complete = 0; complete < 2; complete++) {
                struct listing l;
                struct capture cap = {0};
                read_seed(seeds[i].name, &l, &cap);
                struct judgement j =
                    judge(&cap, (struct ms_lint_config){
                                    .observation = at, .complete = complete, .on_conn = tell});
                ck_assert_str_eq(j.rules, seeds[i].rules);
                ck_assert_str_eq(j.story.data ? j.story.data : "", seeds[i].story);
                ms_buf_free(&j.story);
                cap_free(&cap);
                ms_buf_free(&l.text);
            }
}
END_TEST

/* Changes one bit at the first place where these octets stand, and all sums that depend on it. */
static void change(struct capture *c, const uint8_t *octets, size_t n)
{
    for (size_t i = 0; i < c->n; i++) {
        struct cap_packet *p = &c->packet[i];
        uint8_t *at = memmem(p->octets, p->len, octets, n);
        if (!at)
            continue;
        at[n - 1] ^= 1;
        size_t ip = c->link == CAP_SLL2 ? 20 : 14, tcp = ip + 20, len = p->len - tcp;
        uint8_t tail[4] = {0, 6, (uint8_t)(len >> 8), (uint8_t)len};
        ms_put16(p->octets + tcp + 16, 0);
        uint32_t sum = ms_csum_add(0, p->octets + ip + 12, 8);
        sum = ms_csum_add(sum, tail, sizeof tail);
        ms_put16(p->octets + tcp + 16, ms_csum_finish(ms_csum_add(sum, p->octets + tcp, len)));
        return;
    }
    ck_abort_msg("not there");
}

/* Keys, random numbers, HMACs and what follows from them fit each other: another bit in one is found. */
START_TEST(vectors)
{
    static const struct {
        const char *seed, *hex, *finds;
    } rows[] = {
        {"loopback", "45edb502d861e7b1", "capable-key-echo"},
        {"internet", "15aaf9e9eff2910e", "dack-range"},
        {"two-subflows", "54f04ad5bd2d9f42", "capable-key-echo"},
        {"two-subflows", "c7489cf7056428b4", "join-synack-hmac"},
        {"two-subflows", "b4e6a41bf5861313df7f5f454966998ad7e698a4", "join-ack-hmac"},
        {"two-subflows", "c0d346f6", "join-synack-hmac"},
        {"two-subflows", "eef7df2f", "join-token"},
        {"no-data-ack", "41923206b75835f5", "capable-key-kept"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        uint8_t octets[20];
        struct listing l;
        struct capture cap = {0};
        read_seed(rows[i].seed, &l, &cap);
        listing_hex(&l, rows[i].hex, octets, strlen(rows[i].hex) / 2);
        change(&cap, octets, strlen(rows[i].hex) / 2);
        struct judgement j = judge(&cap, (struct ms_lint_config){.complete = true});
        ck_assert_msg(judge_has(j.rules, rows[i].finds), "%s, %s: \"%s\" (%s)", rows[i].seed,
                      rows[i].hex, j.rules, j.text);
        cap_free(&cap);
        ms_buf_free(&l.text);
    }
}
END_TEST

UNIT_MAIN("seeds", rebuilt, judged, vectors)
