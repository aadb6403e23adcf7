/* SPDX-License-Identifier: MIT */
/* What ss says about MPTCP sockets. */
#include "mptcpspec/programs.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const ms_ss_argv[] = {"ss", "-n", "-i", "-a", "-M", NULL};

/* ss writes these without 0x. */
static const char *const hexadecimal[] = {"token", "write_seq", "snd_una", "rcv_nxt"};

static int base_of(const char *key)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(hexadecimal); i++)
        if (strcmp(key, hexadecimal[i]) == 0)
            return 16;
    return 10;
}

/* The next word of a line that ends at `end`; false if there is none. */
static bool next_word(const char **at, const char *end, const char **word, size_t *len)
{
    while (*at < end && isspace((unsigned char)**at))
        (*at)++;
    *word = *at;
    while (*at < end && !isspace((unsigned char)**at))
        (*at)++;
    *len = (size_t)(*at - *word);
    return *len != 0;
}

static bool copy_word(const char **at, const char *end, char *out, size_t cap)
{
    const char *word;
    size_t len;
    if (!next_word(at, end, &word, &len) || len >= cap)
        return false;
    memcpy(out, word, len);
    out[len] = '\0';
    return true;
}

static bool number(const char *text, int base, uint64_t *value)
{
    char *end;
    if (!isxdigit((unsigned char)*text))
        return false;
    errno = 0;
    *value = strtoull(text, &end, base);
    return errno == 0 && *end == '\0';
}

/* STATE RECV-Q SEND-Q LOCAL PEER [PROCESS] */
static bool parse_row(const char *at, const char *end, struct ms_ss_row *row)
{
    char recv_q[24], send_q[24];

    memset(row, 0, sizeof *row);
    return copy_word(&at, end, row->state, sizeof row->state) &&
           copy_word(&at, end, recv_q, sizeof recv_q) && number(recv_q, 10, &row->recv_q) &&
           copy_word(&at, end, send_q, sizeof send_q) && number(send_q, 10, &row->send_q) &&
           copy_word(&at, end, row->local, sizeof row->local) &&
           copy_word(&at, end, row->peer, sizeof row->peer);
}

/* Words KEY:VALUE, and flags without a value. */
static void parse_items(const char *at, const char *end, struct ms_ss_row *row)
{
    const char *word;
    size_t len;

    while (next_word(&at, end, &word, &len)) {
        char text[64];
        struct ms_ss_item item = {.value = 1};
        if (len >= sizeof text || row->n_items == MS_ARRAY_LEN(row->item))
            continue;
        memcpy(text, word, len);
        text[len] = '\0';
        char *colon = strchr(text, ':');
        if (colon != NULL)
            *colon = '\0';
        if (*text == '\0' || strlen(text) >= sizeof item.key ||
            (colon != NULL && !number(colon + 1, base_of(text), &item.value)))
            continue;
        snprintf(item.key, sizeof item.key, "%.31s", text);
        row->item[row->n_items++] = item;
    }
}

int ms_ss_parse(struct ms_arena *a, const char *text, size_t len, struct ms_ss_row **rows,
                size_t *n, struct ms_error *err)
{
    const char *end = text + len;
    size_t cap = 0;
    bool in_row = false;

    *rows = NULL;
    *n = 0;
    for (const char *line = text, *next; line < end; line = next) {
        const char *nl = memchr(line, '\n', (size_t)(end - line));
        const char *stop = nl != NULL ? nl : end;
        next = nl != NULL ? nl + 1 : end;
        if (line == stop)
            continue;
        if (isspace((unsigned char)*line)) {
            if (in_row)
                parse_items(line, stop, &(*rows)[*n - 1]);
            continue;
        }
        struct ms_ss_row row;
        in_row = parse_row(line, stop, &row); /* the heading is none: its queues are no numbers */
        if (!in_row)
            continue;
        if (*n == 4096)
            return ms_fail(err, MS_ERR_RANGE, "ss shows more than 4096 sockets");
        *rows = ms_arena_grow(a, *rows, &cap, *n, sizeof **rows);
        (*rows)[(*n)++] = row;
    }
    return MS_OK;
}

bool ms_ss_value(const struct ms_ss_row *row, const char *key, uint64_t *value)
{
    for (size_t i = 0; i < row->n_items; i++)
        if (strcmp(row->item[i].key, key) == 0) {
            *value = row->item[i].value;
            return true;
        }
    return false;
}
