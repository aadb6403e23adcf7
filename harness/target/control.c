/* SPDX-License-Identifier: MIT */
/* Verbs that change the IUT's host: path manager, sysctls, addresses, links. */
#include "target/local.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "target/pm.h"

struct sysctl_request {
    const char *name, *value;
    int err;
};

static int set_sysctl(struct local *l, void *arg)
{
    struct sysctl_request *r = arg;
    (void)l;
    if (ms_sysctl_set(r->name, r->value, NULL) != MS_OK)
        r->err = errno != 0 ? errno : EINVAL;
    return MS_OK;
}

struct sysctl_query {
    const char *name;
    char value[4096];
    int err;
};

static int get_sysctl(struct local *l, void *arg)
{
    struct sysctl_query *q = arg;
    (void)l;
    errno = 0;
    if (ms_sysctl_get(q->name, q->value, sizeof q->value, NULL) != MS_OK)
        q->err = errno != 0 ? errno : EINVAL;
    return MS_OK;
}

static int sysctl_value(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    struct sysctl_query q = {.name = v->text};
    if (v->text == NULL)
        return ms_fail(err, MS_ERR_PARSE, "a sysctl needs a name");
    int rc = local_in_iut(l, get_sysctl, &q, err);
    if (rc != MS_OK)
        return rc;
    char *value = q.err == 0 ? strdup(q.value) : NULL;
    local_complete(l, id, v->kind, q.err, 0, value, value != NULL ? strlen(value) : 0);
    return MS_OK;
}

struct open_request {
    struct ms_error *err;
};

static int open_pm(struct local *l, void *arg)
{
    struct open_request *r = arg;
    return pm_open(&l->pm, r->err);
}

int local_pm(struct local *l, struct ms_error *err)
{
    struct open_request r = {err};
    return l->pm != NULL ? MS_OK : local_in_iut(l, open_pm, &r, err);
}

static int index_of(const struct local *l, int path)
{
    return path >= 0 && (unsigned)path < l->cfg.net->n_paths
               ? (int)l->cfg.net->path[path].iut_ifindex
               : 0;
}

static int path_manager(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    char text[160] = "";
    int e = 0;

    int rc = local_pm(l, err);
    if (rc != MS_OK)
        return rc;
    if ((v->kind == MS_VERB_LIMITS &&
         (v->num < 0 || v->num2 < 0 || v->num > UINT32_MAX || v->num2 > UINT32_MAX)) ||
        (v->kind != MS_VERB_LIMITS && (v->num < 0 || v->num > 255)))
        return ms_fail(err, MS_ERR_RANGE, "address ids lie in 0..255, limits in 0..4294967295");
    struct pm_endpoint ep = {.addr = v->addr,
                             .port = v->port,
                             .id = (uint8_t)v->num,
                             .flags = v->flags,
                             .ifindex = index_of(l, v->path)};
    switch (v->kind) {
    case MS_VERB_ENDPOINT_ADD:
        e = pm_endpoint(l->pm, PM_CMD_ADD_ADDR, &ep, text, sizeof text);
        break;
    case MS_VERB_ENDPOINT_DEL:
        e = pm_endpoint(l->pm, PM_CMD_DEL_ADDR, &ep, text, sizeof text);
        break;
    case MS_VERB_ENDPOINT_FLAGS:
        e = pm_endpoint(l->pm, PM_CMD_SET_FLAGS, &ep, text, sizeof text);
        break;
    case MS_VERB_ENDPOINT_FLUSH:
        e = pm_flush(l->pm, text, sizeof text);
        break;
    default:
        e = pm_limits_set(l->pm, (uint32_t)v->num, (uint32_t)v->num2, text, sizeof text);
        break;
    }
    char *said = *text ? strdup(text) : NULL;
    local_complete(l, id, v->kind, e, 0, said, said != NULL ? strlen(said) : 0);
    return MS_OK;
}

int start_control(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    int rc = MS_OK;

    switch (v->kind) {
    case MS_VERB_SYSCTL: {
        if (v->text == NULL || v->text2 == NULL)
            return ms_fail(err, MS_ERR_PARSE, "a sysctl needs a name and a value");
        struct sysctl_request r = {v->text, v->text2, 0};
        errno = 0;
        rc = local_in_iut(l, set_sysctl, &r, err);
        if (rc == MS_OK)
            local_complete(l, id, v->kind, r.err, 0, NULL, 0);
        return rc;
    }
    case MS_VERB_SYSCTL_GET:
        return sysctl_value(l, id, v, err);
    case MS_VERB_ADDR_ADD:
    case MS_VERB_ADDR_DEL:
    case MS_VERB_LINK: {
        if (v->path < 0)
            return ms_fail(err, MS_ERR_RANGE, "no path is named");
        errno = 0;
        if (v->kind == MS_VERB_LINK)
            rc = ms_net_iut_link(l->cfg.net, (unsigned)v->path, v->num != 0, err);
        else if (v->num < 0 || v->num > 128)
            return ms_fail(err, MS_ERR_RANGE, "not a prefix length: %lld", (long long)v->num);
        else
            rc = ms_net_iut_addr(l->cfg.net, (unsigned)v->path, &v->addr, (uint8_t)v->num,
                                 v->kind == MS_VERB_ADDR_ADD, err);
        if (rc != MS_OK && rc != MS_ERR_SYS)
            return rc;
        local_complete(l, id, v->kind, rc == MS_OK ? 0 : errno, 0, NULL, 0);
        return MS_OK;
    }
    default:
        return path_manager(l, id, v, err);
    }
}
