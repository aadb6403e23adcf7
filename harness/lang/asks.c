/* SPDX-License-Identifier: MIT */
/* What an instance asks of its target: a walk over all its steps, whether they come to be run or not. */
#include "lang/internal.h"

#include <string.h>

struct walk {
    struct ms_arena *a;
    const struct ms_instance *in;
    const struct ms_topo *topo;
    struct ms_asks *asks;
    unsigned depth; /* of blocks */
};

bool ms_asked(const struct ms_asked_words *w, const char *word)
{
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->word[i], word) == 0)
            return true;
    return false;
}

static void add_word(struct walk *w, struct ms_asked_words *list, const char *word)
{
    if (ms_asked(list, word))
        return;
    list->word = ms_arena_grow(w->a, list->word, &list->cap, list->n, sizeof *list->word);
    list->word[list->n++] = word;
}

static void more(unsigned *most, unsigned n)
{
    if (*most < n)
        *most = n;
}

/* A name of the topology counts with all those of its side that stand before it. */
static void use_addr(struct walk *w, const char *name)
{
    unsigned number[2] = {0, 0};
    for (unsigned i = 0; i < w->topo->n_addrs; i++) {
        const struct ms_topo_addr *t = &w->topo->addr[i];
        number[t->on_iut]++;
        if (strcmp(t->name, name) != 0)
            continue;
        more(t->on_iut ? &w->asks->iut_addrs : &w->asks->tester_addrs, number[t->on_iut]);
        more(&w->asks->paths, t->path + 1);
    }
}

/* The value that a name has in this instance, if a foreach defines it; else the expression itself. */
static const struct ms_expr *of_instance(const struct walk *w, const struct ms_expr *x)
{
    for (size_t i = 0; x->kind == MS_X_NAME && i < w->in->c->n_foreach; i++)
        if (strcmp(w->in->c->foreach[i].name, x->text) == 0)
            return w->in->c->foreach[i].value[w->in->pick[i]];
    return x;
}

static void expression(struct walk *w, const struct ms_expr *x)
{
    if (x == NULL)
        return;
    x = of_instance(w, x);
    if (x->kind == MS_X_NAME)
        use_addr(w, x->text);
    for (size_t i = 0; i < x->n_args; i++)
        expression(w, x->arg[i]);
}

static void octets(struct walk *w, const struct ms_expr *x)
{
    if (x == NULL)
        return;
    x = of_instance(w, x);
    if (x->kind == MS_X_NUM)
        w->asks->octets += x->num;
    else
        w->asks->many_octets = true;
}

/* An address that does not come from the topology. */
static bool literal_addr(const struct walk *w, const struct ms_arg *a)
{
    return (strcmp(a->name, "from") == 0 || strcmp(a->name, "to") == 0) &&
           of_instance(w, a->value)->kind == MS_X_ADDR;
}

/* A port that is a property of a handle is one that the tester chose, or the service's. */
static bool by_number(const struct ms_arg *a)
{
    return a->value != NULL && a->value->kind != MS_X_PROP && a->value->kind != MS_X_ANY;
}

static void arguments(struct walk *w, const struct ms_arg *arg, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct ms_arg *a = &arg[i];
        expression(w, a->value);
        if (a->name == NULL || a->value == NULL)
            continue;
        w->asks->literal_addr |= literal_addr(w, a);
        if (strcmp(a->name, "path") == 0 && a->value->kind == MS_X_NUM && a->value->num <= 64)
            more(&w->asks->paths, (unsigned)a->value->num);
        else if (strcmp(a->name, "sport") == 0)
            w->asks->tester_ports |= by_number(a);
        else if (strcmp(a->name, "dport") == 0)
            w->asks->iut_ports |= by_number(a);
        else if (strcmp(a->name, "data") == 0)
            octets(w, a->value);
    }
}

static void segment(struct walk *w, const struct ms_segspec *s, bool sent)
{
    struct ms_asks *k = w->asks;
    if (s == NULL)
        return;
    expression(w, s->payload_len);
    expression(w, s->payload_octets);
    expression(w, s->variant);
    arguments(w, s->fields, s->n_fields);
    for (size_t i = 0; i < s->n_opts; i++) {
        const struct ms_optspec *o = &s->opt[i];
        arguments(w, o->arg, o->n_args);
        for (size_t j = 0; sent && j < o->n_args; j++)
            k->ends |= strcmp(o->name->name, "dss") == 0 && o->arg[j].name != NULL &&
                       strcmp(o->arg[j].name, "fin") == 0 && !o->arg[j].negated;
    }
    if (!sent)
        return;
    k->ends |= (s->flags & MS_TH_FIN) != 0;
    if (s->payload == MS_PAYLOAD_LITERAL) {
        k->content = true;
        k->octets += s->payload_octets != NULL ? s->payload_octets->len : 0;
    } else if (s->payload == MS_PAYLOAD_STREAM) {
        octets(w, s->payload_len);
    }
}

/* The rewrites that give a flow further names. */
static bool translates(struct walk *w, const char *text)
{
    static const char *const names[] = {"nat", "napt", NULL};
    text = ms_instance_text(w->a, w->in, text);
    for (const char *p = text; *p != '\0';) {
        const size_t n = strcspn(p, " ");
        for (size_t i = 0; names[i] != NULL; i++)
            if (strlen(names[i]) == n && memcmp(names[i], p, n) == 0)
                return true;
        p += n + strspn(p + n, " ");
    }
    return false;
}

/* `connect` or `connect to = t1`. */
static bool to_first(const struct ms_step *s)
{
    for (size_t i = 0; i < s->n_args; i++) {
        const struct ms_arg *a = &s->arg[i];
        if (a->name == NULL || strcmp(a->name, "to") != 0 || a->value == NULL ||
            a->value->kind != MS_X_NAME || strcmp(a->value->text, "t1") != 0)
            return false;
    }
    return true;
}

static bool judges(const struct ms_step *s)
{
    bool any = s->tags.n > 0 || (s->seg != NULL && s->seg->tags.n > 0);
    for (size_t i = 0; s->seg != NULL && i < s->seg->n_opts; i++)
        any |= s->seg->opt[i].tags.n > 0;
    return any;
}

static void block(struct walk *w, const struct ms_block *b);

static void step(struct walk *w, const struct ms_step *s)
{
    struct ms_asks *k = w->asks;
    switch (s->kind) {
    case MS_STEP_VERB:
        add_word(w, &k->verbs, s->name);
        k->connects_so |= strcmp(s->name, "connect") == 0 && !to_first(s);
        break;
    case MS_STEP_IUT_EXPECT:
        add_word(w, &k->looks, s->name);
        break;
    case MS_STEP_RECEIVED:
        k->received = true;
        k->received_judged |= s->tags.n > 0;
        k->received_inside |= s->tags.n > 0 && w->depth > 1;
        break;
    case MS_STEP_GROUP:
        k->ends |= strcmp(s->name, "close") == 0;
        break;
    case MS_STEP_AUTO:
        k->withholds |=
            !s->flag && (strcmp(s->name, "ack") == 0 || strcmp(s->name, "data_ack") == 0);
        break;
    case MS_STEP_PATH:
        if (s->value != NULL && s->value->kind == MS_X_NUM && s->value->num <= 64)
            more(&k->paths, (unsigned)s->value->num);
        break;
    case MS_STEP_BOX:
        more(&k->paths, s->path);
        k->translates |= s->string != NULL && translates(w, s->string);
        break;
    default:
        break;
    }
    k->else_judged |= s->kind != MS_STEP_RECEIVED && judges(s);
    expression(w, s->value);
    arguments(w, s->arg, s->n_args);
    segment(w, s->seg, s->kind == MS_STEP_SEND || s->kind == MS_STEP_HOLD);
    for (size_t i = 0; i < s->n_blocks; i++)
        block(w, &s->block[i]);
}

static void block(struct walk *w, const struct ms_block *b)
{
    w->depth++;
    for (size_t i = 0; i < b->n; i++)
        step(w, &b->step[i]);
    w->depth--;
}

void ms_instance_asks(struct ms_arena *a, const struct ms_instance *in, const struct ms_topo *topo,
                      struct ms_asks *out)
{
    struct walk w = {.a = a, .in = in, .topo = topo, .asks = out};
    *out = (struct ms_asks){.paths = 1, .tester_addrs = 1, .iut_addrs = 1};
    for (size_t i = 0; i < in->c->n_needs; i++)
        add_word(&w, &out->needs, in->c->needs[i]);
    block(&w, &in->c->steps);
}
