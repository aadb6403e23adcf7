/* SPDX-License-Identifier: MIT */
/* Command lines without a shell. */
#include "mptcpspec/programs.h"

#include <string.h>

enum { WORDS_MAX = 64, TEXT_MAX = 4096 };

/* Outside quotes a shell would make something else of these. */
#define SHELL_ONLY "$`|&;<>()*?~#\n\r"

struct splitter {
    const char *text, *at;
    struct ms_error *err;
    char *out; /* the word being made */
};

static int wrong(const struct splitter *s, const char *at, const char *what)
{
    int rc = ms_fail(s->err, MS_ERR_PARSE, "%s", what);
    if (s->err != NULL)
        s->err->column = (unsigned)(at - s->text) + 1;
    return rc;
}

static int quoted(struct splitter *s)
{
    const char *open = s->at;
    char quote = *s->at++;

    while (*s->at != '\0' && *s->at != quote) {
        if (quote == '"' && *s->at == '\\' && (s->at[1] == '"' || s->at[1] == '\\'))
            s->at++;
        *s->out++ = *s->at++;
    }
    if (*s->at == '\0')
        return wrong(s, open, "the quote that opens here is not closed");
    s->at++;
    return MS_OK;
}

/* One word from s->at on, which is neither blank nor the end. */
static int word(struct splitter *s)
{
    while (*s->at != '\0' && *s->at != ' ' && *s->at != '\t') {
        if (*s->at == '\'' || *s->at == '"') {
            int rc = quoted(s);
            if (rc != MS_OK)
                return rc;
            continue;
        }
        if (strchr(SHELL_ONLY, *s->at) != NULL)
            return wrong(s, s->at,
                         "no shell runs this command: put the character in quotes, or write sh -c");
        if (*s->at == '\\' && *++s->at == '\0')
            return wrong(s, s->at - 1, "nothing follows the \\");
        *s->out++ = *s->at++;
    }
    *s->out++ = '\0';
    return MS_OK;
}

int ms_argv_split(struct ms_arena *a, const char *text, const char *const **argv,
                  struct ms_error *err)
{
    size_t len = strlen(text), n = 0;
    if (len > TEXT_MAX)
        return ms_fail(err, MS_ERR_RANGE, "a command line of more than %d octets", TEXT_MAX);
    /* No word is longer than what it is made from; each has its NUL in place of a blank or the end. */
    struct splitter s = {.text = text, .at = text, .err = err, .out = ms_arena_alloc(a, len + 1)};
    const char **words = ms_arena_alloc(a, (WORDS_MAX + 1) * sizeof *words);

    for (;;) {
        s.at += strspn(s.at, " \t");
        if (*s.at == '\0')
            break;
        if (n == WORDS_MAX)
            return wrong(&s, s.at, "more than 64 words");
        words[n++] = s.out;
        int rc = word(&s);
        if (rc != MS_OK)
            return rc;
    }
    if (n == 0)
        return wrong(&s, s.at, "there is no command");
    *argv = words;
    return MS_OK;
}
