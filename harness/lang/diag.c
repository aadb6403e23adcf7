/* SPDX-License-Identifier: MIT */
/* Mistakes: collected with their line, rendered with a caret under the place. */
#include "lang/internal.h"

#include <stdio.h>
#include <string.h>

/* Offset of the start of line `line`. */
static size_t line_offset(const struct lang_parser *p, unsigned line)
{
    size_t off = 0;
    for (unsigned l = 1; l < line && off < p->len; l++) {
        const char *nl = memchr(p->text + off, '\n', p->len - off);
        if (nl == NULL)
            return p->len;
        off = (size_t)(nl - p->text) + 1;
    }
    return off;
}

/* The line as it can be shown: no control octets, broken UTF-8 as '?', of bounded length. */
static const char *source_line(const struct lang_parser *p, struct ms_loc at)
{
    const size_t off = line_offset(p, at.line);
    const char *nl = off < p->len ? memchr(p->text + off, '\n', p->len - off) : NULL;
    size_t n = nl != NULL ? (size_t)(nl - p->text) - off : p->len - off;
    if (n > 0 && p->text[off + n - 1] == '\r')
        n--;
    if (at.column > LANG_LINE_SHOWN)
        return "";
    if (n > LANG_LINE_SHOWN)
        n = LANG_LINE_SHOWN;
    char *line = ms_arena_alloc(p->a, n + 1);
    for (size_t i = 0; i < n;) {
        const char *s = p->text + off + i;
        const size_t step = lang_utf8(s, n - i);
        if (step > 1)
            memcpy(line + i, s, step);
        else if (step == 0 || ((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
            line[i] = '?';
        else
            line[i] = *s;
        i += step > 0 ? step : 1;
    }
    return line;
}

static void diag_add(struct lang_parser *p, struct ms_diag d)
{
    struct ms_diags *list = p->diags;
    const size_t mine = list->n - p->diags_before;
    if (mine >= LANG_MISTAKES_MAX) {
        p->stop = true;
        return;
    }
    if (mine == LANG_MISTAKES_MAX - 1) {
        p->stop = true;
        d.message = "too many mistakes; the rest of the file was not read";
        d.hint = NULL;
    }
    d.source = source_line(p, d.loc);
    if (d.length == 0)
        d.length = 1;
    list->d = ms_arena_grow(p->a, list->d, &list->cap, list->n, sizeof *list->d);
    list->d[list->n++] = d;
}

/* A message that quotes text from the file must not carry control octets to a terminal. */
static char *message(struct lang_parser *p, const char *fmt, va_list ap)
{
    char buf[512];
    vsnprintf(buf, sizeof buf, fmt, ap);
    size_t n = strlen(buf);
    for (size_t i = 0; i < n;) {
        const size_t step = lang_utf8(buf + i, n - i);
        if (step == 0 || (unsigned char)buf[i] < 0x20 || buf[i] == 0x7f)
            buf[i] = '?';
        i += step > 0 ? step : 1;
    }
    return ms_arena_strdup(p->a, buf);
}

bool lang_error(struct lang_parser *p, const struct lang_token *at, const char *hint,
                const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *text = message(p, fmt, ap);
    va_end(ap);
    diag_add(p, (struct ms_diag){.loc = at->loc,
                                 .length = (unsigned)(at->len < 1000 ? at->len : 1000),
                                 .message = text,
                                 .hint = hint});
    return false;
}

bool lang_error_at(struct lang_parser *p, struct ms_loc at, unsigned length, const char *hint,
                   const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *text = message(p, fmt, ap);
    va_end(ap);
    diag_add(p, (struct ms_diag){.loc = at,
                                 .length = length > 0 ? length : lang_measure(p, at),
                                 .message = text,
                                 .hint = hint});
    return false;
}

const char *lang_token_text(struct lang_parser *p)
{
    switch (p->tok.kind) {
    case T_EOF:
        return "the end of the file";
    case T_END:
        return p->text[p->tok.off] == ';' ? "';'" : "the end of the line";
    default: {
        const size_t n = p->tok.len < 40 ? p->tok.len : 40;
        return ms_arena_printf(p->a, "'%s%s'", ms_arena_strndup(p->a, p->text + p->tok.off, n),
                               n < p->tok.len ? "..." : "");
    }
    }
}

bool lang_expected(struct lang_parser *p, const char *what, const char *hint)
{
    if (p->tok.kind == T_BAD)
        return lang_error(p, &p->tok, p->tok.bad_hint, "%s", p->tok.bad);
    return lang_error(p, &p->tok, hint, "expected %s, found %s", what, lang_token_text(p));
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

unsigned lang_measure(const struct lang_parser *p, struct ms_loc at)
{
    size_t off = line_offset(p, at.line) + at.column - 1;
    unsigned n = 0;
    if (off < p->len && p->text[off] == '"') {
        do
            n++;
        while (off + n < p->len && p->text[off + n] != '"' && p->text[off + n] != '\n' && n < 1000);
        return off + n < p->len && p->text[off + n] == '"' ? n + 1 : n;
    }
    while (off + n < p->len && n < 1000 && is_word(p->text[off + n]))
        n++;
    return n > 0 ? n : 1;
}

void ms_diag_render(const struct ms_diag *d, struct ms_buf *out)
{
    ms_buf_printf(out, "%s:%u:%u: %s\n", d->loc.file, d->loc.line, d->loc.column, d->message);
    const size_t n = d->source != NULL ? strlen(d->source) : 0;
    if (n > 0 && d->loc.column >= 1) {
        ms_buf_printf(out, "  %5u | %s\n        | ", d->loc.line, d->source);
        for (size_t i = 0; i + 1 < d->loc.column; i++) {
            /* Tabs stay tabs and continuation octets take no column, so that the caret stands right. */
            const unsigned char c = i < n ? (unsigned char)d->source[i] : ' ';
            if (c == '\t')
                ms_buf_puts(out, "\t");
            else if ((c & 0xc0) != 0x80)
                ms_buf_puts(out, " ");
        }
        ms_buf_puts(out, "^");
        for (size_t i = d->loc.column; i < n && i + 1 < (size_t)d->loc.column + d->length; i++)
            if (((unsigned char)d->source[i] & 0xc0) != 0x80)
                ms_buf_puts(out, "~");
        ms_buf_puts(out, "\n");
    }
    if (d->hint != NULL)
        ms_buf_printf(out, "  hint: %s\n", d->hint);
}
