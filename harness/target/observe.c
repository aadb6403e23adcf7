/* SPDX-License-Identifier: MIT */
/* Verbs that only look: counters, MPTCP_INFO, MPTCP_FULL_INFO, what was received. */
#include "target/local.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mptcpspec/crypto.h"
#include "target/info.h"
#include "topo/proc.h"

struct counters {
    struct ms_counter *list;
    size_t n, cap;
};

static void add_counter(struct counters *c, const char *group, size_t group_len, const char *name,
                        size_t name_len, uint64_t value)
{
    if (group_len + 1 + name_len >= sizeof c->list->name)
        return;
    if (c->n == c->cap) {
        size_t cap = c->cap != 0 ? c->cap * 2 : 256;
        struct ms_counter *p = realloc(c->list, cap * sizeof *p);
        if (p == NULL)
            return;
        c->list = p;
        c->cap = cap;
    }
    struct ms_counter *k = &c->list[c->n++];
    memset(k->name, 0, sizeof k->name);
    memcpy(k->name, group, group_len);
    k->name[group_len] = '.';
    memcpy(k->name + group_len + 1, name, name_len);
    k->value = value;
}

/* "Group: A B C\nGroup: 1 2 3\n": the names' line and the values' line are walked side by side. */
static void parse_pair(struct counters *c, const char *names, const char *values)
{
    size_t group_len = strcspn(names, ":\n");
    if (names[group_len] != ':' || strncmp(names, values, group_len + 1) != 0)
        return;
    const char *n = names + group_len + 1, *v = values + group_len + 1;
    for (;;) {
        n += strspn(n, " ");
        v += strspn(v, " ");
        size_t n_len = strcspn(n, " \n"), v_len = strcspn(v, " \n");
        if (n_len == 0 || v_len == 0)
            return;
        add_counter(c, names, group_len, n, n_len, strtoull(v, NULL, 10));
        n += n_len;
        v += v_len;
    }
}

static const char *next_line(const char *p)
{
    p += strcspn(p, "\n");
    return *p == '\n' ? p + 1 : p;
}

static int read_counters(struct counters *c, const char *path)
{
    static const char *const wanted[] = {"Tcp:", "TcpExt:", "MPTcpExt:"};
    char text[32768];
    size_t len = 0;
    ssize_t n;

    int fd = proc_open(path);
    if (fd < 0)
        return errno;
    while (len < sizeof text - 1 && (n = read(fd, text + len, sizeof text - 1 - len)) > 0)
        len += (size_t)n;
    close(fd);
    text[len] = '\0';
    for (const char *names = text, *values; *names; names = next_line(values)) {
        values = next_line(names);
        for (size_t i = 0; i < MS_ARRAY_LEN(wanted); i++)
            if (strncmp(names, wanted[i], strlen(wanted[i])) == 0)
                parse_pair(c, names, values);
    }
    return 0;
}

static int collect_counters(struct local *l, void *arg)
{
    struct counters *c = arg;
    (void)l;
    int e = read_counters(c, "thread-self/net/netstat");
    if (e == 0)
        e = read_counters(c, "thread-self/net/snmp");
    errno = e;
    return MS_OK;
}

int start_observe(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    if (v->kind == MS_VERB_COUNTERS) {
        struct counters c = {0};
        int rc = local_in_iut(l, collect_counters, &c, err);
        if (rc != MS_OK) {
            free(c.list);
            return rc;
        }
        local_complete(l, id, v->kind, errno, c.n, c.list, c.n * sizeof *c.list);
        return MS_OK;
    }
    struct sock *s = local_find(l, SOCK_CONNECTION, v->name);
    struct info_items items = {0};
    int e = s == NULL || s->fd < 0          ? EBADF
            : v->kind == MS_VERB_MPTCP_INFO ? info_read(s->fd, &items)
                                            : info_read_full(s->fd, &items);
    local_complete(l, id, v->kind, e, items.n, items.list, items.n * sizeof *items.list);
    return MS_OK;
}

int start_digest(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    const struct sock *s = local_find(l, SOCK_CONNECTION, v->name);
    char *hex = NULL;
    (void)err;
    int e = s == NULL ? EBADF : s->kept != s->rx_total ? EFBIG : 0;
    if (e == 0) {
        hex = malloc(65); /* with its NUL, which len does not count */
        if (hex == NULL)
            abort(); /* as ms_arena_alloc */
        ms_sha256_hex(s->rx != NULL ? s->rx : (const uint8_t *)"", s->kept, hex);
    }
    local_complete(l, id, v->kind, e, s != NULL ? s->rx_total : 0, hex, hex != NULL ? 64 : 0);
    return MS_OK;
}
