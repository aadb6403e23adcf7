/* SPDX-License-Identifier: MIT */
/* docs/agent-protocol.md is what the program does: verbs with their keys, errors, limits, options, the example. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/agent.h"
#include "unit.h"

enum { PAGE_MAX = 200000 };

static char page[PAGE_MAX];

static void load(void)
{
    FILE *f = fopen("docs/agent-protocol.md", "r");
    ck_assert_ptr_nonnull(f);
    size_t n = fread(page, 1, PAGE_MAX - 1, f);
    page[n] = '\0';
    fclose(f);
    ck_assert_uint_gt(n, 1000);
    ck_assert_uint_lt(n, PAGE_MAX - 1);
}

/* Cell `i` (from 1) of a row of a table, without the spaces around it. */
static const char *cell(const char *row, unsigned i, char *out, size_t cap)
{
    while (i-- > 0)
        row = strchr(row, '|') + 1;
    size_t n = strcspn(row, "|\n");
    while (n > 0 && row[n - 1] == ' ')
        n--;
    while (n > 0 && *row == ' ')
        row++, n--;
    ck_assert_uint_lt(n, cap);
    memcpy(out, row, n);
    out[n] = '\0';
    return out;
}

/* The first row below the header that begins so. */
static const char *rows(const char *header)
{
    const char *at = strstr(page, header);
    ck_assert_msg(at != NULL, "no table that begins with %s", header);
    for (int i = 0; i < 2; i++)
        at = strchr(at, '\n') + 1;
    return at;
}

START_TEST(verbs)
{
    load();
    static const char *const answers[] = {[MS_AGENT_SAYS_NUM] = "",
                                          [MS_AGENT_SAYS_NAME] = "`name`",
                                          [MS_AGENT_SAYS_TEXT] = "`text`",
                                          [MS_AGENT_SAYS_VALUES] = "`data v=`"};
    const char *row = rows("| verb | keys | `ok`");
    for (size_t i = 0; i < ms_agent_n_verbs; i++, row = strchr(row, '\n') + 1) {
        const struct ms_agent_verb *v = &ms_agent_verbs[i];
        char word[32], due[40], text[200];
        unsigned keys = 0;
        ck_assert_msg(*row == '|', "the document has %zu verbs, the program %zu", i,
                      ms_agent_n_verbs);
        snprintf(due, sizeof due, "`%s`", ms_agent_verb_word(v->kind, word));
        ck_assert_str_eq(cell(row, 1, text, sizeof text), due);
        cell(row, 2, text, sizeof text);
        for (char *k = strtok(text, " "); k != NULL; k = strtok(NULL, " ")) {
            unsigned bit = 1;
            while (bit <= MS_AGENT_PLAIN && strcmp(ms_agent_key_name(bit), k) != 0)
                bit <<= 1;
            ck_assert_msg(bit <= MS_AGENT_PLAIN, "%s: there is no key %s", word, k);
            keys |= bit;
        }
        ck_assert_msg(keys == v->keys, "%s: the keys of the document are not the program's", word);
        ck_assert_msg(strcmp(cell(row, 3, text, sizeof text), answers[v->reply]) == 0,
                      "%s: answered %s", word, text);
        ck_assert_msg(strcmp(cell(row, 4, text, sizeof text), v->rights ? "R" : "") == 0,
                      "%s: rights", word);
    }
    ck_assert_msg(*row != '|', "the document has more verbs: %.40s", row);
}
END_TEST

START_TEST(errors)
{
    load();
    const char *row = rows("| name | when |");
    for (int e = 0; e < MS_AGENT_ERRORS; e++, row = strchr(row, '\n') + 1) {
        char text[64], due[64];
        snprintf(due, sizeof due, "`%s`", ms_agent_error_name((enum ms_agent_error)e));
        ck_assert_str_eq(cell(row, 1, text, sizeof text), due);
    }
    ck_assert_int_ne(*row, '|');
}
END_TEST

START_TEST(limits)
{
    load();
    static const struct {
        const char *what;
        int first, second; /* second 0: there is one number */
    } due[] = {
        {"octets of a line, with LF", MS_AGENT_LINE_MAX, 0},
        {"keys of a line", MS_AGENT_KEYS_MAX, 0},
        {"octets in one base64 value, decoded", MS_AGENT_OCTETS_MAX, 0},
        {"`data` lines of one answer to `received`", MS_AGENT_DATA_LINES, 0},
        {"unanswered requests of a session", MS_AGENT_REQUESTS_MAX, 0},
        {"octets of a connection's or listener's name", MS_AGENT_NAME_MAX - 1, 0},
        {"paths of a session, addresses of a topology", MS_PATHS_MAX, MS_TOPO_ADDRS_MAX},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(due); i++) {
        char row[128];
        if (due[i].second != 0)
            snprintf(row, sizeof row, "| %s | %d, %d |", due[i].what, due[i].first, due[i].second);
        else
            snprintf(row, sizeof row, "| %s | %d |", due[i].what, due[i].first);
        ck_assert_msg(strstr(page, row) != NULL, "the document lacks: %s", row);
    }
}
END_TEST

START_TEST(options)
{
    load();
    const char *at = strstr(page, "### Socket options");
    ck_assert_ptr_nonnull(at);
    size_t n = (size_t)(strstr(at, "\n### received") - at);
    for (size_t i = 0; ms_sockopts[i] != NULL; i++) {
        const char *found = strstr(at, ms_sockopts[i]);
        ck_assert_msg(found != NULL && (size_t)(found - at) < n, "the document lacks option %s",
                      ms_sockopts[i]);
    }
}
END_TEST

/* Lines of the example that are not cut are lines of the protocol, and requests are such as the agent takes. */
START_TEST(example)
{
    load();
    const char *p = strstr(page, "## An example"), *end = strstr(page, "## Writing another agent");
    static const char *const wrong_ones[] = {"what?", "7.11 dance"};
    unsigned asked = 0, answered = 0;
    ck_assert_ptr_nonnull(p);
    ck_assert_ptr_nonnull(end);
    while ((p = strstr(p, "\n    ")) != NULL && p < end) {
        struct ms_agent_line l;
        struct ms_verb v;
        static struct ms_agent_strings s;
        static struct ms_agent_opening o;
        struct ms_error err = {0};
        const char *line = p += 5;
        bool request = *line == '>';
        ck_assert_msg(request || *line == '<', "neither > nor <: %.40s", line);
        line += 2;
        size_t n = strcspn(line, "\n");
        request ? asked++ : answered++;
        if (n > 3 && memcmp(line + n - 3, "...", 3) == 0)
            continue;
        bool wrong = false;
        for (size_t i = 0; i < MS_ARRAY_LEN(wrong_ones); i++)
            wrong = wrong || (strlen(wrong_ones[i]) == n && memcmp(wrong_ones[i], line, n) == 0);
        if (wrong)
            continue;
        ck_assert_msg(ms_agent_parse(line, n, &l, &err) == MS_OK, "%.*s: %s", (int)n, line,
                      err.msg);
        if (!request || l.session == 0 || ms_agent_is(&l.word, "end") ||
            ms_agent_is(&l.word, "received"))
            continue;
        int rc = ms_agent_is(&l.word, "fresh") || ms_agent_is(&l.word, "shared")
                     ? ms_agent_get_opening(&l, &o, &err)
                     : ms_agent_get_verb(&l, &v, &s, &err);
        ck_assert_msg(rc == MS_OK, "%.*s: %s", (int)n, line, err.msg);
    }
    ck_assert_uint_gt(asked, 8);
    ck_assert_uint_gt(answered, asked);
}
END_TEST

UNIT_MAIN("agent document", verbs, errors, limits, options, example)
