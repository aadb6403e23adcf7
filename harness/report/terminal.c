/* SPDX-License-Identifier: MIT */
/* The terminal while a run goes on: one line that moves on a terminal, one line a result elsewhere. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report/terminal.h"

#define REDRAW_NS UINT64_C(50000000)

static const char *const codes[] = {
    [COL_RED] = "\033[31m",  [COL_GREEN] = "\033[32m", [COL_YELLOW] = "\033[33m",
    [COL_BLUE] = "\033[36m", [COL_DIM] = "\033[2m",    [COL_BOLD] = "\033[1m",
};

const char *term_on(const struct ms_terminal *t, enum term_color c)
{
    return t->color ? codes[c] : "";
}

const char *term_off(const struct ms_terminal *t)
{
    return t->color ? "\033[0m" : "";
}

enum term_color term_verdict_color(enum ms_verdict v, enum ms_standing s)
{
    if (s == MS_STANDS_UNEXPECTED)
        return COL_RED;
    if (s == MS_STANDS_EXPECTED)
        return COL_BLUE;
    return v == MS_WARN ? COL_YELLOW : v == MS_SKIP ? COL_DIM : COL_GREEN;
}

const char *term_word(enum ms_verdict v, enum ms_standing s)
{
    return s == MS_STANDS_EXPECTED ? "xfail" : ms_verdict_name(v);
}

void ms_terminal_init(struct ms_terminal *t, FILE *out, enum ms_loudness loud)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool dumb = !term || strcmp(term, "dumb") == 0;
    *t = (struct ms_terminal){.out = out, .loud = loud, .columns = 80};
    bool tty = isatty(fileno(out));
    t->live = tty && !dumb && loud != MS_VERBOSE;
    t->color = tty && !dumb && !(no_color && *no_color);
    struct winsize w;
    if (tty && ioctl(fileno(out), TIOCGWINSZ, &w) == 0 && w.ws_col >= 40)
        t->columns = w.ws_col;
}

static void wipe(struct ms_terminal *t)
{
    if (t->live)
        fputs("\r\033[K", t->out);
}

static void draw(struct ms_terminal *t, const char *name)
{
    if (!t->live)
        return;
    uint64_t now = ms_now_ns();
    if (now - t->drawn_ns < REDRAW_NS)
        return;
    t->drawn_ns = now;
    char text[512];
    int n = snprintf(text, sizeof text, "%zu/%zu  %zu passed", t->done, t->total,
                     t->n[MS_STANDS_PASS] + t->n[MS_STANDS_EXPECTED]);
    size_t len = n > 0 ? (size_t)n : 0;
    if (t->n[MS_STANDS_UNEXPECTED])
        len += (size_t)snprintf(text + len, sizeof text - len, "  %zu failed",
                                t->n[MS_STANDS_UNEXPECTED]);
    if (t->n[MS_STANDS_SKIP])
        len +=
            (size_t)snprintf(text + len, sizeof text - len, "  %zu skipped", t->n[MS_STANDS_SKIP]);
    snprintf(text + len, sizeof text - len, "  %u running  %.200s", t->running, name);
    if (strlen(text) >= t->columns)
        text[t->columns - 1] = '\0';
    wipe(t);
    fprintf(t->out, "%s%s%s", t->n[MS_STANDS_UNEXPECTED] ? term_on(t, COL_RED) : "", text,
            term_off(t));
    fflush(t->out);
}

void ms_terminal_started(struct ms_terminal *t, const struct ms_instance *i, unsigned running)
{
    t->running = running;
    if (t->loud != MS_QUIET)
        draw(t, i->name);
}

/* The first line of what a result rests on, for its one line. */
static void headline(const struct ms_outcome *o, const char *why, char *out, size_t cap)
{
    const struct ms_result *r = &o->result;
    out[0] = '\0';
    if (r->verdict == MS_SKIP)
        snprintf(out, cap, "%s", r->skip_reason ? r->skip_reason : "");
    else if (*why)
        snprintf(out, cap, "%s", why);
    else
        for (size_t i = 0; i < r->n_reason; i++) {
            const struct ms_reason *x = &r->reason[i];
            if (x->verdict != r->verdict)
                continue;
            snprintf(out, cap, "%s%s%.*s", x->reqs ? x->reqs : "", x->reqs && *x->reqs ? ": " : "",
                     (int)strcspn(x->text, "\n"), x->text);
            break;
        }
}

void ms_terminal_finished(struct ms_terminal *t, const struct ms_outcome *o,
                          enum ms_standing standing, const char *why, size_t done, size_t total)
{
    enum ms_verdict v = o->result.verdict;
    t->done = done;
    t->total = total;
    t->n[standing]++;
    if (t->running > 0)
        t->running--;
    bool notable = standing == MS_STANDS_UNEXPECTED;
    if (notable || (t->loud != MS_QUIET && !t->live)) {
        char text[240];
        headline(o, why, text, sizeof text);
        wipe(t);
        fprintf(t->out, "%s%-6s%s %s", term_on(t, term_verdict_color(v, standing)),
                term_word(v, standing), term_off(t), o->instance->name);
        if (o->repetition)
            fprintf(t->out, " (run %u)", o->repetition + 1);
        fprintf(t->out, "%s%s%s%s\n", *text ? "  " : "", term_on(t, COL_DIM), text, term_off(t));
        t->drawn_ns = 0;
    }
    if (t->loud != MS_QUIET)
        draw(t, o->instance->name);
    if (t->live && done == total)
        wipe(t);
}
