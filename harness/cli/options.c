/* SPDX-License-Identifier: MIT */
/* Options from tables, for every subcommand alike. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define OPTIONS_MAX 40

void cli_say(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("mptcpspec: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

void cli_say_error(const struct ms_error *err)
{
    char text[1200];
    ms_error_format(err, text, sizeof text);
    cli_say("%s", text);
}

int cli_usage(const struct cli_command *cmd, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "mptcpspec %s: ", cmd->name);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\nusage: mptcpspec %s%s %s\n", cmd->name, cmd->options ? " [OPTION...]" : "",
            cmd->args);
    return CLI_USAGE;
}

void cli_help(const struct cli_command *cmd, FILE *out)
{
    fprintf(out, "usage: mptcpspec %s%s %s\n\n%s\n", cmd->name, cmd->options ? " [OPTION...]" : "",
            cmd->args, cmd->help);
    if (cmd->more)
        fprintf(out, "\n%s", cmd->more);
    if (cmd->options)
        fputc('\n', out);
    for (const struct cli_option *o = cmd->options; o && o->name; o++) {
        char left[64], letter[8] = "    ";
        if (o->letter)
            snprintf(letter, sizeof letter, "-%c, ", o->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->arg ? " " : "",
                 o->arg ? o->arg : "");
        fprintf(out, "  %-28s %s\n", left, o->doc);
    }
}

/* A name for a long option that does not exist, from those that do. */
static int unknown_option(const struct cli_command *cmd, const char *word)
{
    const char *names[OPTIONS_MAX];
    char bare[128];
    size_t n = 0;
    for (const struct cli_option *o = cmd->options; o && o->name && n < OPTIONS_MAX; o++)
        names[n++] = o->name;
    word += strspn(word, "-");
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(word, "="), word);
    const char *near = ms_nearest_word(bare, names, n);
    cli_usage(cmd, "unknown option --%s%s%s%s", bare, near ? "; did you mean --" : "",
              near ? near : "", near ? "?" : "");
    return -1;
}

static int number(const struct cli_option *o, const char *text, uint64_t *out, struct ms_error *err)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 0);
    if (!*text || *end || *text == '-' || errno)
        return ms_fail(err, MS_ERR_PARSE, "'%s' is not a number", text);
    if ((double)v < o->min || (double)v > o->max || v > INT64_MAX)
        return ms_fail(err, MS_ERR_RANGE, "%s is not between %.0f and %.0f", text, o->min, o->max);
    *out = v;
    return MS_OK;
}

static int real(const struct cli_option *o, const char *text, double *out, struct ms_error *err)
{
    char *end;
    errno = 0;
    double v = strtod(text, &end);
    if (!*text || *end || errno)
        return ms_fail(err, MS_ERR_PARSE, "'%s' is not a number", text);
    if (!(v >= o->min && v <= o->max)) /* written so that nan is refused */
        return ms_fail(err, MS_ERR_RANGE, "%s is not between %g and %g", text, o->min, o->max);
    *out = v;
    return MS_OK;
}

static int store(const struct cli_option *o, void *settings, const char *value,
                 struct ms_error *err)
{
    void *member = (char *)settings + o->offset;
    switch (o->type) {
    case CLI_FLAG:
        *(bool *)member = true;
        return MS_OK;
    case CLI_STRING:
        *(const char **)member = value;
        return MS_OK;
    case CLI_NUMBER:
        return number(o, value, member, err);
    case CLI_REAL:
        return real(o, value, member, err);
    case CLI_CALL:
        return o->call(settings, value, err);
    }
    return MS_OK;
}

int cli_parse(const struct cli_command *cmd, void *settings, int argc, char **argv)
{
    struct option longs[OPTIONS_MAX + 2] = {{0}};
    char letters[3 * OPTIONS_MAX + 4] = "+:h";
    size_t n = 0, l = 3;
    for (const struct cli_option *o = cmd->options; o && o->name && n < OPTIONS_MAX; o++, n++) {
        longs[n] =
            (struct option){o->name, o->arg ? required_argument : no_argument, NULL, 256 + (int)n};
        if (o->letter) {
            letters[l++] = o->letter;
            if (o->arg)
                letters[l++] = ':';
        }
    }
    letters[l] = '\0';
    longs[n] = (struct option){"help", no_argument, NULL, 'h'};
    opterr = 0;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, letters + !cmd->words, longs, NULL)) != -1;) {
        if (c == 'h') {
            cli_help(cmd, stdout);
            return 0;
        }
        const struct cli_option *o = NULL;
        for (size_t i = 0; i < n; i++)
            if (c == 256 + (int)i || (cmd->options[i].letter && c == cmd->options[i].letter))
                o = &cmd->options[i];
        if (c == ':')
            return cli_usage(cmd, "option %s needs an argument", argv[optind - 1]), -1;
        if (!o && optopt > 0 && optopt < 256)
            return cli_usage(cmd, "unknown option -%c", optopt), -1;
        if (!o && optopt >= 256)
            return cli_usage(cmd, "option --%s takes no argument", longs[optopt - 256].name), -1;
        if (!o)
            return unknown_option(cmd, argv[optind - 1]);
        struct ms_error err = {0};
        if (store(o, settings, optarg, &err) < 0)
            return cli_usage(cmd, "--%s: %s", o->name, err.msg), -1;
    }
    return optind;
}
