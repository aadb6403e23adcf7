/* SPDX-License-Identifier: MIT */
/* Any octets as a case file, a topology file and a file of mutants; what is accepted must also expand, what is not must render. */
#include "mptcpspec/lang.h"
#include "mptcpspec/programs.h"

#include <stdlib.h>
#include <string.h>

static struct ms_requirement reqs[] = {
    {.id = "R-3.1-01", .section = "3.1", .level = MS_LEVEL_MUST},
    {.id = "R-3.2-34", .section = "3.2", .level = MS_LEVEL_SHOULD},
};
static const char *ids[] = {"R-3.1-01", "R-3.2-34"};
static const struct ms_catalogue catalogue = {.n = MS_ARRAY_LEN(reqs), .req = reqs, .ids = ids};
static const struct ms_topo one = {
    .name = "one-path",
    .n_paths = 1,
    .n_addrs = 3,
    .addr = {{.name = "t1", .v4 = {.family = MS_IPV4}, .v6 = {.family = MS_IPV6}},
             {.name = "t2", .v4 = {.family = MS_IPV4}, .v6 = {.family = MS_IPV6}},
             {.name = "i1", .on_iut = true, .v4 = {.family = MS_IPV4}, .v6 = {.family = MS_IPV6}}},
};
static const struct ms_topo lab = {
    .name = "interop-one-path",
    .two_hosts = true,
    .n_paths = 1,
    .n_addrs = 2,
    .addr = {{.name = "c1", .v4 = {4, {10, 1, 0, 2}}, .v6 = {6, {0xfd, [15] = 2}}},
             {.name = "s1", .on_iut = true, .v4 = {4, {10, 1, 0, 1}}, .v6 = {6, {0xfd}}}},
};
static const struct ms_topo *const topos[] = {&one, &lab, NULL};

/* Text that goes to terminals and reports has to be plain. */
static void require_text(const char *s)
{
    if (s == NULL)
        abort();
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20 && *s != '\t' && *s != '\n')
            abort();
}

static void render(const struct ms_diags *d)
{
    struct ms_buf b = {0};
    ms_buf_puts(&b, "");
    for (size_t i = 0; i < d->n; i++)
        ms_diag_render(&d->d[i], &b);
    require_text(b.data);
    ms_buf_free(&b);
}

/* What was accepted must be right when it is used: rewrites parse, commands split. */
static void fill_in(const struct ms_case *c, const struct ms_instance *in)
{
    for (size_t i = 0; i < c->steps.n; i++) {
        const struct ms_step *s = &c->steps.step[i];
        struct ms_arena *a = ms_arena_new();
        struct ms_rewrite *r = NULL;
        const char *command = NULL;
        const char *const *argv = NULL;
        bool up, down;
        if (s->kind == MS_STEP_BOX && s->string != NULL &&
            ms_rewrite_parse(a, ms_instance_text(a, in, s->string), &r, NULL) != MS_OK)
            abort();
        if (s->kind == MS_STEP_HOST_VERB && s->string != NULL &&
            (ms_instance_command(a, in, &lab, s->string, &command, NULL) != MS_OK ||
             ms_argv_split(a, command, &argv, NULL) != MS_OK))
            abort();
        ms_step_way(in, s, &up, &down);
        if (s->kind == MS_STEP_TRANSFER &&
            (!(up || down) || ms_tool_find(ms_step_tool(in, s)) == NULL))
            abort();
        ms_arena_free(a);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ms_lang_env env = {.catalogue = &catalogue, .topo = topos};
    struct ms_arena *a = ms_arena_new();
    struct ms_diags d = {.arena = a};
    const struct ms_case *c = ms_case_parse(a, "fuzz.case", (const char *)data, size, &env, &d);
    if ((c == NULL) != (d.n > 0))
        abort();
    if (c != NULL) {
        size_t n = 0;
        const struct ms_instance *list = ms_case_instances(a, c, &n);
        for (size_t i = 0; i < n; i++)
            require_text(list[i].name);
        if (n > 0)
            fill_in(c, &list[n - 1]);
    }
    render(&d);
    d.n = 0;
    const struct ms_topo *t = ms_topo_parse(a, "fuzz.topo", (const char *)data, size, &d);
    if ((t == NULL) != (d.n > 0))
        abort();
    render(&d);
    d.n = 0;
    struct ms_mutant **list = NULL;
    size_t n = 0, cap = 0;
    if (ms_mutants_parse(a, "fuzz.mutants", (const char *)data, size, &env, &list, &n, &cap, &d) !=
        (d.n == 0))
        abort();
    for (size_t i = 0; i < n; i++)
        require_text(list[i]->name);
    render(&d);
    ms_arena_free(a);
    return 0;
}
