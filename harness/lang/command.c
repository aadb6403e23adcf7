/* SPDX-License-Identifier: MIT */
/* Commands of scenarios: names behind a dollar become addresses, ports, families. */
#include "lang/internal.h"

#include <string.h>

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

struct filling {
    struct ms_arena *a;
    const struct ms_instance *in;
    const struct ms_topo *topo;
    struct ms_buf out;
};

/* The text that stands for the name, or NULL: err tells why. */
static const char *value_of(struct filling *f, const char *name, struct ms_error *err)
{
    const int family = f->in->family == MS_IPV4 ? 4 : 6;
    if (strcmp(name, "port") == 0)
        return ms_arena_printf(f->a, "%d", MS_SCENARIO_PORT);
    if (strcmp(name, "family") == 0)
        return family == 4 ? "4" : "6";
    const struct ms_topo_addr *x = ms_topo_addr_find(f->topo, name);
    if (x == NULL) {
        const char *words[MS_TOPO_ADDRS_MAX + 2] = {"port", "family"};
        for (unsigned i = 0; i < f->topo->n_addrs; i++)
            words[2 + i] = f->topo->addr[i].name;
        const char *near = ms_nearest_word(name, words, 2 + f->topo->n_addrs);
        ms_fail(err, MS_ERR_PARSE, "topology %s has no address '%s'%s%s%s", f->topo->name, name,
                near != NULL ? ", did you mean '" : "", near != NULL ? near : "",
                near != NULL ? "'?" : "");
        return NULL;
    }
    const struct ms_addr addr = ms_topo_addr_of(x, f->in->family);
    if (addr.family == 0) {
        ms_fail(err, MS_ERR_PARSE, "'%s' has no IPv%d address", name, family);
        return NULL;
    }
    char text[46];
    ms_addr_text(&addr, text);
    return ms_arena_strdup(f->a, text);
}

/* What follows a dollar at `at`; the octets that it takes, 0 on a mistake. */
static size_t fill(struct filling *f, const char *at, struct ms_error *err)
{
    if (*at == '$') {
        ms_buf_puts(&f->out, "$");
        return 1;
    }
    const bool bracket = *at == '[';
    const char *name = at + bracket;
    size_t n = 0;
    while (is_word(name[n]))
        n++;
    if (n == 0 || (bracket && name[n] != ']')) {
        ms_fail(err, MS_ERR_PARSE, n == 0 ? "a name is missing behind '$'" : "']' is missing");
        return 0;
    }
    const char *value = value_of(f, ms_arena_strndup(f->a, name, n), err);
    if (value == NULL)
        return 0;
    const bool six = bracket && strchr(value, ':') != NULL;
    ms_buf_printf(&f->out, "%s%s%s", six ? "[" : "", value, six ? "]" : "");
    return n + (bracket ? 2 : 0);
}

int ms_instance_command(struct ms_arena *a, const struct ms_instance *in,
                        const struct ms_topo *topo, const char *text, const char **out,
                        struct ms_error *err)
{
    struct filling f = {.a = a, .in = in, .topo = topo};
    const char *filled = ms_instance_text(a, in, text);
    int rc = MS_OK;
    ms_buf_puts(&f.out, "");
    for (const char *s = filled; *s != '\0' && rc == MS_OK;) {
        if (*s != '$') {
            ms_buf_add(&f.out, s++, 1);
            continue;
        }
        const size_t n = fill(&f, s + 1, err);
        if (n == 0) {
            rc = MS_ERR_PARSE;
            if (err != NULL)
                err->column = (unsigned)(s - filled) + 2;
        }
        s += 1 + n;
    }
    *out = rc == MS_OK ? ms_arena_strdup(a, f.out.data) : NULL;
    ms_buf_free(&f.out);
    return rc;
}
