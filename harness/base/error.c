/* SPDX-License-Identifier: MIT */
/* Caller-owned errors: filled once where the failure is seen, given context on the way up. */
#include "mptcpspec/base.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int fail_va(struct ms_error *err, enum ms_status status, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static int fail_va(struct ms_error *err, enum ms_status status, const char *fmt, va_list ap)
{
    if (err != NULL) {
        *err = (struct ms_error){.status = status};
        vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    }
    return status;
}

int ms_fail(struct ms_error *err, enum ms_status status, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fail_va(err, status, fmt, ap);
    va_end(ap);
    return status;
}

int ms_fail_errno(struct ms_error *err, const char *fmt, ...)
{
    const int saved = errno;
    va_list ap;
    va_start(ap, fmt);
    fail_va(err, MS_ERR_SYS, fmt, ap);
    va_end(ap);
    if (err != NULL) {
        const size_t used = strlen(err->msg);
        snprintf(err->msg + used, sizeof err->msg - used, ": %s", strerror(saved));
    }
    errno = saved;
    return MS_ERR_SYS;
}

int ms_fail_context(struct ms_error *err, const char *fmt, ...)
{
    if (err == NULL)
        return MS_ERR_SYS;
    char was[sizeof err->msg];
    memcpy(was, err->msg, sizeof was);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    const size_t used = strlen(err->msg);
    snprintf(err->msg + used, sizeof err->msg - used, ": %s", was);
    return err->status;
}

void ms_error_format(const struct ms_error *err, char *out, size_t cap)
{
    char line[16] = "";
    char column[16] = "";
    if (err->line != 0)
        snprintf(line, sizeof line, "%u:", err->line);
    if (err->column != 0)
        snprintf(column, sizeof column, "%u:", err->column);
    const bool placed = err->file[0] != '\0' || line[0] != '\0' || column[0] != '\0';
    snprintf(out, cap, "%s%s%s%s%s%s", err->file, err->file[0] != '\0' ? ":" : "", line, column,
             placed ? " " : "", err->msg);
}
