/* SPDX-License-Identifier: MIT */
/* One instance for each family and each combination of foreach values. */
#include "lang/internal.h"

#include <string.h>

static const char *instance_name(struct ms_arena *a, const struct ms_case *c, enum ms_family family,
                                 const size_t *pick)
{
    struct ms_buf b = {0};
    ms_buf_printf(&b, "%s/ipv%d", c->name, (int)family);
    for (size_t i = 0; i < c->n_foreach; i++)
        ms_buf_printf(&b, "%c%s=%s", i == 0 ? '/' : ',', c->foreach[i].name,
                      c->foreach[i].label[pick[i]]);
    const char *name = ms_arena_strdup(a, b.data);
    ms_buf_free(&b);
    return name;
}

/* Counts up like an odometer whose last wheel turns fastest; false after the last combination. */
static bool advance(const struct ms_case *c, size_t *pick)
{
    for (size_t i = c->n_foreach; i > 0; i--) {
        if (++pick[i - 1] < c->foreach[i - 1].n)
            return true;
        pick[i - 1] = 0;
    }
    return false;
}

struct ms_instance *ms_case_instances(struct ms_arena *a, const struct ms_case *c, size_t *n)
{
    const enum ms_family families[] = {MS_IPV4, MS_IPV6};
    size_t each = 1;
    for (size_t i = 0; i < c->n_foreach; i++)
        each *= c->foreach[i].n;
    struct ms_instance *list = ms_arena_alloc(a, (2 * each + 1) * sizeof *list);
    size_t *pick = ms_arena_alloc(a, (c->n_foreach + 1) * sizeof *pick);
    *n = 0;
    for (size_t f = 0; f < MS_ARRAY_LEN(families); f++) {
        if (families[f] == MS_IPV4 ? !c->family4 : !c->family6)
            continue;
        do {
            list[(*n)++] = (struct ms_instance){
                .c = c,
                .name = instance_name(a, c, families[f], pick),
                .family = families[f],
                .pick = ms_arena_memdup(a, pick, c->n_foreach * sizeof *pick),
            };
        } while (advance(c, pick));
    }
    return list;
}

/* The text that stands for the word of n octets, or NULL. */
static const char *value_of(const struct ms_instance *in, const char *word, size_t n)
{
    const struct ms_case *c = in->c;
    if (n == strlen("family") && memcmp(word, "family", n) == 0)
        return in->family == MS_IPV4 ? "ipv4" : "ipv6";
    for (size_t i = 0; i < c->n_foreach; i++)
        if (strlen(c->foreach[i].name) == n && memcmp(c->foreach[i].name, word, n) == 0)
            return c->foreach[i].label[in->pick[i]];
    return NULL;
}

static const char *word_of(const struct ms_instance *in, const char *word)
{
    const char *value = value_of(in, word, strlen(word));
    return value != NULL && strcmp(word, "family") != 0 ? value : word;
}

void ms_step_way(const struct ms_instance *in, const struct ms_step *s, bool *up, bool *down)
{
    const char *way = s->way != NULL ? word_of(in, s->way) : "";
    *up = strcmp(way, "up") == 0 || strcmp(way, "both") == 0;
    *down = strcmp(way, "down") == 0 || strcmp(way, "both") == 0;
}

const char *ms_step_tool(const struct ms_instance *in, const struct ms_step *s)
{
    return word_of(in, s->tool);
}

const char *ms_instance_text(struct ms_arena *a, const struct ms_instance *in, const char *text)
{
    if (strchr(text, '{') == NULL)
        return text;
    struct ms_buf b = {0};
    ms_buf_puts(&b, "");
    while (*text != '\0') {
        const char *close = *text == '{' ? strchr(text, '}') : NULL;
        const char *value =
            close != NULL ? value_of(in, text + 1, (size_t)(close - text) - 1) : NULL;
        if (value != NULL) {
            ms_buf_puts(&b, value);
            text = close + 1;
        } else {
            ms_buf_add(&b, text++, 1);
        }
    }
    const char *out = ms_arena_strdup(a, b.data);
    ms_buf_free(&b);
    return out;
}
