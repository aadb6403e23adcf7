/* SPDX-License-Identifier: MIT */
/* The table of transfer tools. */
#include "programs/tools.h"

#include <stdio.h>
#include <string.h>

const struct ms_tool ms_tools[] = {
    {"native", "", true, true, true, true,
     "IPPROTO_MPTCP sockets of our own, without mptcpize; each side ends its direction when its "
     "octets are sent"},
    {"ncat", "ncat", true, true, true, true,
     "Nmap's netcat; its server listens no longer once it has accepted, so Linux refuses joins"},
    {"nc", "nc", true, true, true, true, "OpenBSD's netcat (Debian: netcat-openbsd)"},
    {"iperf3", "iperf3", true, true, true, false,
     "a control connection and a measured one; both: --bidir, until one direction has its octets"},
    {"curl", "curl /usr/bin/python3", false, true, false, true, "HTTP from python3 -m http.server"},
    {"wget", "wget /usr/bin/python3", false, true, false, true, "HTTP from python3 -m http.server"},
    {NULL, NULL, false, false, false, false, NULL},
};

#define HTTP_SERVER "/usr/bin/python3 -m http.server --bind {to} {port}"
#define NCAT        "ncat {v} -n "
#define NC          "nc {v} -n "
#define IPERF3      "iperf3 {v} -J -p {port} -c {to} [-B {from}] -n {octets}"

/*
 * In the order of ms_tools. Netcats in both directions at once: a listening nc ends when its peer has sent everything,
 * whether or not it has itself (its readwrite says "listen and net in gone, queues empty, done"), and so does a listening
 * ncat; with plain TCP as well. So the client must not end its direction first: it closes when the server has sent
 * everything and it has itself. That is the client without -N, and --no-shutdown.
 * A listening ncat closes its listening socket once it has accepted; Linux refuses joins where nobody listens.
 */
static const struct tool_recipe recipes[] = {
    {.own = true},
    {.lines = {{NCAT "--recv-only -l {to} {port}", NCAT "--send-only [-s {from}] {to} {port}"},
               {NCAT "--send-only -l {to} {port}", NCAT "--recv-only [-s {from}] {to} {port}"},
               {NCAT "-l {to} {port}", NCAT "--no-shutdown [-s {from}] {to} {port}"}}},
    {.lines = {{NC "-l {to} {port}", NC "-N [-s {from}] {to} {port}"},
               {NC "-N -l {to} {port}", NC "-d [-s {from}] {to} {port}"},
               {NC "-N -l {to} {port}", NC "[-s {from}] {to} {port}"}}},
    {.lines = {{"iperf3 {v} -s -1 -B {to} -p {port}", IPERF3},
               {"iperf3 {v} -s -1 -B {to} -p {port}", IPERF3 " -R"},
               {"iperf3 {v} -s -1 -B {to} -p {port}", IPERF3 " --bidir"}}},
    {.lines = {{NULL, NULL},
               {HTTP_SERVER,
                "curl {v} -q -sS --fail [--interface {from}] http://{host}:{port}/{file}"},
               {NULL, NULL}},
     .server_stays = true},
    {.lines = {{NULL, NULL},
               {HTTP_SERVER, "wget {v} --no-config --no-proxy -nv --tries=1 -O - "
                             "[--bind-address={from}] http://{host}:{port}/{file}"},
               {NULL, NULL}},
     .server_stays = true},
};

const struct tool_recipe *tool_recipe(const struct ms_tool *tool)
{
    return &recipes[tool - ms_tools];
}

const struct ms_tool *ms_tool_find(const char *name)
{
    for (const struct ms_tool *t = ms_tools; t->name != NULL; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

const char *ms_tool_missing(const struct ms_tool *tool, bool plain, char *out, size_t cap)
{
    bool own = tool_recipe(tool)->own;
    for (const char *at = tool->programs; *at != '\0';) {
        size_t len = strcspn(at, " ");
        snprintf(out, cap, "%.*s", (int)len, at);
        if (ms_program_missing(out) != NULL)
            return out;
        at += len + strspn(at + len, " ");
    }
    if (plain || own || ms_program_missing("mptcpize") == NULL)
        return NULL;
    snprintf(out, cap, "mptcpize");
    return out;
}

/* What the {keys} of a command line stand for. */
struct key {
    const char *name;
    char text[64];
};
enum { N_KEYS = 7 };

static void fill_keys(struct key keys[N_KEYS], const struct ms_transfer_spec *s, const char *file)
{
    static const char *const names[N_KEYS] = {"to", "host", "from", "port", "octets", "file", "v"};
    bool v6 = s->to.family == MS_IPV6;
    char to[46], from[46];

    ms_addr_text(&s->to, to);
    ms_addr_text(&s->from, from);
    for (size_t i = 0; i < N_KEYS; i++)
        keys[i].name = names[i];
    snprintf(keys[0].text, sizeof keys[0].text, "%s", to);
    snprintf(keys[1].text, sizeof keys[1].text, v6 ? "[%s]" : "%s", to);
    snprintf(keys[2].text, sizeof keys[2].text, "%s", from);
    snprintf(keys[3].text, sizeof keys[3].text, "%u", s->port);
    snprintf(keys[4].text, sizeof keys[4].text, "%llu", (unsigned long long)s->octets);
    snprintf(keys[5].text, sizeof keys[5].text, "%s", file);
    snprintf(keys[6].text, sizeof keys[6].text, "%s", v6 ? "-6" : "-4");
}

/* Puts the text of the key that `at` stands on; gives what follows it. */
static const char *put_key(struct ms_buf *b, const struct key keys[N_KEYS], const char *at)
{
    size_t len = strcspn(at, "}") - 1;
    for (size_t i = 0; i < N_KEYS; i++)
        if (strlen(keys[i].name) == len && memcmp(keys[i].name, at + 1, len) == 0)
            ms_buf_puts(b, keys[i].text);
    return at + len + 2;
}

static void expand(struct ms_buf *b, const char *line, const struct ms_transfer_spec *s,
                   const char *file)
{
    struct key keys[N_KEYS];

    fill_keys(keys, s, file);
    for (const char *at = line; *at != '\0';) {
        if (*at == '[' && s->from.family == 0)
            at += strcspn(at, "]") + 1;
        else if (*at == '[' || *at == ']')
            at++;
        else if (*at == '{')
            at = put_key(b, keys, at);
        else
            ms_buf_add(b, at++, 1);
    }
}

int tool_argv(struct ms_arena *a, const struct ms_transfer_spec *s, bool server, const char *file,
              const char *const **argv, struct ms_error *err)
{
    const struct tool_lines *lines = &tool_recipe(s->tool)->lines[s->dir];
    struct ms_buf b = {0};

    if (!(server ? s->plain_server : s->plain_client))
        ms_buf_puts(&b, "mptcpize run ");
    expand(&b, server ? lines->server : lines->client, s, file);
    int rc = ms_argv_split(a, b.data, argv, err);
    ms_buf_free(&b);
    return rc;
}
