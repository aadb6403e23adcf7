/* SPDX-License-Identifier: MIT */
/* Opens an input and tells its format by its first octets. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/input.h"

int capture_damaged(const struct ms_capture *c, uint64_t offset, struct ms_error *err,
                    const char *fmt, ...)
{
    char what[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return ms_fail(err, MS_ERR_PARSE, "%s: %s (at octet %llu)", c->in.name, what,
                   (unsigned long long)offset);
}

int capture_iface_add(struct ms_capture *c, const struct iface *i, struct ms_error *err)
{
    if (c->n_iface == MS_CAPTURE_INTERFACES)
        return capture_damaged(c, c->in.offset, err, "more than %d interfaces in one section",
                               MS_CAPTURE_INTERFACES);
    if (c->n_iface == c->cap_iface) {
        uint32_t cap = c->cap_iface ? 2 * c->cap_iface : 4;
        struct iface *more = realloc(c->iface, cap * sizeof *more);
        if (!more)
            return ms_fail(err, MS_ERR_NOMEM, "%s: no memory for the interfaces", c->in.name);
        c->iface = more;
        c->cap_iface = cap;
    }
    c->iface[c->n_iface++] = *i;
    return MS_OK;
}

/* Files that look like something else often enough to say so, and what helps. */
static const struct foreign {
    const char *octets;
    size_t n;
    const char *what;
} foreign[] = {
    {"\x1f\x8b", 2, "it is compressed by gzip; try `gzip -dc FILE | mptcpspec lint -`"},
    {"\x28\xb5\x2f\xfd", 4, "it is compressed by zstd; try `zstd -dc FILE | mptcpspec lint -`"},
    {"\xfd"
     "7zXZ",
     5, "it is compressed by xz; try `xz -dc FILE | mptcpspec lint -`"},
    {"BZh", 3, "it is compressed by bzip2; try `bzip2 -dc FILE | mptcpspec lint -`"},
    {"PK\x03\x04", 4, "it is a zip archive; unpack it first"},
    {"snoop\0\0", 8, "it is a snoop file; `editcap -F pcapng FILE NEW` converts it"},
    {"RTSS", 4, "it is a Network Monitor file; `editcap -F pcapng FILE NEW` converts it"},
    {"GMBU", 4, "it is a Network Monitor file; `editcap -F pcapng FILE NEW` converts it"},
};

static int not_a_capture(struct ms_capture *c, struct ms_error *err)
{
    const struct input *in = &c->in;
    if (input_have(in) == 0)
        return ms_fail(err, MS_ERR_PARSE, "%s: empty: no packet was captured to it", in->name);
    for (size_t i = 0; i < MS_ARRAY_LEN(foreign); i++)
        if (input_have(in) >= foreign[i].n &&
            memcmp(input_at(in), foreign[i].octets, foreign[i].n) == 0)
            return ms_fail(err, MS_ERR_PARSE, "%s: not a capture: %s", in->name, foreign[i].what);
    return ms_fail(err, MS_ERR_PARSE,
                   "%s: not a capture: neither pcap nor pcapng begins like this; `file` may tell "
                   "what it is, `editcap -F pcapng` converts other formats",
                   in->name);
}

static int begin(struct ms_capture *c, struct ms_error *err)
{
    int rc = input_need(&c->in, 28, err); /* the shortest section header has 28 octets */
    if (rc < 0)
        return rc;
    if (input_stopped(&c->in))
        return ms_fail(err, MS_ERR_INTR, "%s: interrupted", c->in.name);
    if ((rc = pcap_begin(c, err)) != 0 || (rc = pcapng_begin(c, err)) != 0)
        return rc < 0 ? rc : MS_OK;
    return not_a_capture(c, err);
}

static int open_fd(struct ms_capture *c, const char *path, struct ms_error *err)
{
    struct stat st;
    if (strcmp(path, "-") == 0) {
        c->in.fd = STDIN_FILENO;
        snprintf(c->in.name, sizeof c->in.name, "standard input");
        if (isatty(STDIN_FILENO))
            return ms_fail(err, MS_ERR_PARSE, "standard input is a terminal, not a capture");
        return MS_OK;
    }
    snprintf(c->in.name, sizeof c->in.name, "%s", path);
    /* The open of a FIFO whose writer has not come yet must not block: signals are let through later only. */
    c->in.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (c->in.fd < 0)
        return ms_fail_errno(err, "cannot read %s", path);
    c->in.own_fd = true;
    if (fstat(c->in.fd, &st) == 0 && S_ISDIR(st.st_mode))
        return ms_fail(err, MS_ERR_SYS, "cannot read %s: it is a folder", path);
    if (S_ISREG(st.st_mode))
        posix_fadvise(c->in.fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return MS_OK;
}

static int finish(struct ms_capture *c, int rc, struct ms_capture **out)
{
    if (rc < 0)
        ms_capture_close(c);
    else
        *out = c;
    return rc < 0 ? rc : MS_OK;
}

int ms_capture_open(struct ms_capture **out, const char *path, const struct ms_capture_config *cfg,
                    struct ms_error *err)
{
    struct ms_capture *c = calloc(1, sizeof *c);
    *out = NULL;
    if (!c)
        return ms_fail(err, MS_ERR_NOMEM, "no memory to read %s", path);
    c->in.fd = -1;
    if (cfg)
        c->in.cfg = *cfg;
    int rc = open_fd(c, path, err);
    return finish(c, rc < 0 ? rc : begin(c, err), out);
}

int ms_capture_open_memory(struct ms_capture **out, const void *octets, size_t n,
                           struct ms_error *err)
{
    struct ms_capture *c = calloc(1, sizeof *c);
    *out = NULL;
    if (!c)
        return ms_fail(err, MS_ERR_NOMEM, "no memory to read a capture");
    c->in.fd = -1;
    snprintf(c->in.name, sizeof c->in.name, "memory");
    c->in.buf = (uint8_t *)(uintptr_t)octets;
    c->in.end = n;
    return finish(c, begin(c, err), out);
}

void ms_capture_close(struct ms_capture *c)
{
    if (!c)
        return;
    if (c->in.own_fd)
        close(c->in.fd);
    if (c->in.fd >= 0)
        free(c->in.buf);
    free(c->iface);
    free(c);
}

int ms_capture_next(struct ms_capture *c, struct ms_capture_packet *out, struct ms_error *err)
{
    if (input_stopped(&c->in))
        return 0;
    int rc = c->next(c, out, err);
    return rc < 0 && input_stopped(&c->in) ? 0 : rc;
}

const char *ms_capture_format(const struct ms_capture *c)
{
    return c->format;
}

const char *ms_capture_iface_name(const struct ms_capture *c, uint32_t iface)
{
    uint32_t i = iface - c->first_iface;
    return i < c->n_iface ? c->iface[i].name : "";
}

uint32_t ms_capture_iface_link(const struct ms_capture *c, uint32_t iface, uint32_t other)
{
    uint32_t i = iface - c->first_iface;
    return i < c->n_iface ? c->iface[i].link : other;
}
