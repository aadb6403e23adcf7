/* SPDX-License-Identifier: MIT */
/* The commands of a path manager in user space, and the events that tell which connections and subflows there are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "target/local.h"
#include "target/pm.h"

enum { KNOWN_MAX = 64 };

/* A subflow that an event has told of, the first one of a connection included. */
struct known_subflow {
    uint32_t token;
    struct ms_addr local, remote;
    uint16_t local_port, remote_port;
};

struct pm_known {
    struct ms_pm_events *events;
    struct known_subflow list[KNOWN_MAX]; /* the newest last */
    size_t n;
};

int pm_known_open(const struct ms_net *net, struct pm_known **out, struct ms_error *err)
{
    *out = NULL;
    struct pm_known *k = calloc(1, sizeof *k);
    if (k == NULL)
        return ms_fail(err, MS_ERR_NOMEM, "memory for path manager events");
    int rc = ms_pm_events_open(net, &k->events, err);
    if (rc != MS_OK) {
        free(k);
        return rc;
    }
    *out = k;
    return MS_OK;
}

void pm_known_close(struct pm_known *k)
{
    if (k == NULL)
        return;
    ms_pm_events_close(k->events);
    free(k);
}

/* The value of " KEY=" in an event's line, up to the next blank; "" if it is not there. */
static const char *value(const char *line, const char *key, char out[64])
{
    size_t len = strlen(key);
    *out = '\0';
    for (const char *at = line; (at = strstr(at, key)) != NULL; at += len) {
        if (at == line || at[-1] != ' ' || at[len] != '=')
            continue;
        size_t n = strcspn(at + len + 1, " ");
        memcpy(out, at + len + 1, n < 63 ? n : 63);
        out[n < 63 ? n : 63] = '\0';
        break;
    }
    return out;
}

static struct known_subflow subflow_of(const char *line)
{
    char text[64];
    struct known_subflow s = {0};

    s.token = (uint32_t)strtoul(value(line, "token", text), NULL, 16);
    if (ms_addr_parse(value(line, "saddr", text), &s.local) != MS_OK ||
        ms_addr_parse(value(line, "daddr", text), &s.remote) != MS_OK)
        s.local.family = s.remote.family = 0;
    s.local_port = (uint16_t)strtoul(value(line, "sport", text), NULL, 10);
    s.remote_port = (uint16_t)strtoul(value(line, "dport", text), NULL, 10);
    return s;
}

static bool same_addr(const struct ms_addr *a, const struct ms_addr *b)
{
    return a->family == b->family &&
           memcmp(a->octets, b->octets, a->family == MS_IPV6 ? 16 : 4) == 0;
}

static void forget(struct pm_known *k, size_t i)
{
    memmove(&k->list[i], &k->list[i + 1], (k->n - i - 1) * sizeof k->list[0]);
    k->n--;
}

/* The subflow of an event, wherever it stands in the list; k->n if it does not. */
static size_t place(const struct pm_known *k, const struct known_subflow *s)
{
    size_t i = 0;
    while (i < k->n &&
           !(k->list[i].token == s->token && same_addr(&k->list[i].local, &s->local) &&
             same_addr(&k->list[i].remote, &s->remote) && k->list[i].local_port == s->local_port &&
             k->list[i].remote_port == s->remote_port))
        i++;
    return i;
}

/* CREATED and ESTABLISHED name the first subflow; CLOSED ends the connection, SF_CLOSED one subflow. */
static void take(struct pm_known *k, const char *line)
{
    struct known_subflow s = subflow_of(line);
    size_t name = strcspn(line, " ");

    if (name == strlen("CLOSED") && memcmp(line, "CLOSED", name) == 0) {
        for (size_t i = k->n; i-- > 0;)
            if (k->list[i].token == s.token)
                forget(k, i);
        return;
    }
    if (s.local.family == 0)
        return;
    size_t i = place(k, &s);
    if (name == strlen("SF_CLOSED") && memcmp(line, "SF_CLOSED", name) == 0) {
        if (i < k->n)
            forget(k, i);
        return;
    }
    static const char *const adding[] = {"CREATED", "ESTABLISHED", "SF_ESTABLISHED"};
    bool adds = false;
    for (size_t w = 0; w < MS_ARRAY_LEN(adding); w++)
        adds |= strlen(adding[w]) == name && memcmp(line, adding[w], name) == 0;
    if (!adds || i < k->n)
        return;
    if (k->n == KNOWN_MAX)
        forget(k, 0);
    k->list[k->n++] = s;
}

static int hear(struct pm_known *k, struct ms_error *err)
{
    char line[512];
    int rc;
    while ((rc = ms_pm_events_next(k->events, line, sizeof line, err)) == 1)
        take(k, line);
    return rc;
}

/* The newest subflow with this token (0: any) between these addresses (family 0: any). */
static const struct known_subflow *newest(const struct pm_known *k, uint32_t token,
                                          const struct ms_addr *local, const struct ms_addr *remote)
{
    for (size_t i = k->n; i-- > 0;) {
        const struct known_subflow *s = &k->list[i];
        if ((token == 0 || s->token == token) &&
            (local->family == 0 || same_addr(local, &s->local)) &&
            (remote->family == 0 || same_addr(remote, &s->remote)))
            return s;
    }
    return NULL;
}

static int command(struct local *l, const struct ms_verb *v, uint32_t token,
                   const struct known_subflow *of, char *text, size_t cap)
{
    unsigned index = v->path >= 0 && (unsigned)v->path < l->cfg.net->n_paths
                         ? l->cfg.net->path[v->path].iut_ifindex
                         : 0;
    struct pm_endpoint local = {
        .addr = v->local,
        .port = v->local_port,
        .id = (uint8_t)v->num,
        .flags = v->flags,
        .ifindex = (int)index,
    };
    struct pm_endpoint remote = {.addr = v->addr, .port = v->port};

    switch (v->kind) {
    case MS_VERB_PM_ANNOUNCE:
        local.addr = v->addr;
        local.port = v->port;
        local.flags |= MS_EP_SIGNAL;
        return pm_connection(l->pm, PM_CMD_ANNOUNCE, token, &local, NULL, 0, text, cap);
    case MS_VERB_PM_REMOVE:
        return pm_connection(l->pm, PM_CMD_REMOVE, token, NULL, NULL, (uint8_t)v->num, text, cap);
    case MS_VERB_PM_CREATE:
        if (remote.port == 0 && of != NULL)
            remote.port = of->remote_port;
        return pm_connection(l->pm, PM_CMD_SUBFLOW_CREATE, token, &local, &remote, 0, text, cap);
    default:
        if (local.port == 0 && of != NULL)
            local.port = of->local_port;
        if (remote.port == 0 && of != NULL)
            remote.port = of->remote_port;
        return pm_connection(l->pm, PM_CMD_SUBFLOW_DESTROY, token, &local, &remote, 0, text, cap);
    }
}

int start_pm_user(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    static const struct ms_addr any = {.family = 0};
    const struct known_subflow *of = NULL;
    char text[160] = "";

    if (v->num < 0 || v->num > 255 || v->num2 < 0 || v->num2 > UINT32_MAX)
        return ms_fail(err, MS_ERR_RANGE, "address ids lie in 0..255, tokens have 32 bits");
    int rc = local_pm(l, err);
    if (rc == MS_OK && l->known != NULL)
        rc = hear(l->known, err);
    if (rc != MS_OK)
        return rc;
    uint32_t token = (uint32_t)v->num2;
    if (l->known != NULL && v->kind == MS_VERB_PM_DESTROY)
        of = newest(l->known, token, &v->local, &v->addr);
    else if (l->known != NULL)
        of = newest(l->known, token, &any, &any);
    if (token == 0 && of != NULL)
        token = of->token;
    /* A subflow is named by its ports as well. */
    bool unnamed =
        v->kind == MS_VERB_PM_DESTROY && of == NULL && (v->local_port == 0 || v->port == 0);
    int e = token == 0 || unnamed ? ENOTCONN : command(l, v, token, of, text, sizeof text);
    char *said = *text != '\0' ? strdup(text) : NULL;
    local_complete(l, id, v->kind, e, 0, said, said != NULL ? strlen(said) : 0);
    return MS_OK;
}
