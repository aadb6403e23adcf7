/* SPDX-License-Identifier: MIT */
/* Files that appear whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mptcpspec/report.h"

/*
 * DIR/.NAME.PID.part: in the same folder, since rename does not cross file systems, and of this process only, so
 * that runs which write to one place do not write into each other's halves.
 */
static int part_path(struct ms_output *o, const char *path, struct ms_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    int dir = (int)(base - path);
    int n = snprintf(o->part, sizeof o->part, "%.*s.%s.%d.part", dir, path, base, (int)getpid());
    int m = snprintf(o->path, sizeof o->path, "%s", path);
    if (n < 0 || (size_t)n >= sizeof o->part || m < 0 || !*base)
        return ms_fail(err, MS_ERR_RANGE, "not a name for a file: '%s'", path);
    return MS_OK;
}

int ms_output_open(struct ms_output *o, const char *path, struct ms_error *err)
{
    *o = (struct ms_output){0};
    int rc = part_path(o, path, err);
    if (rc < 0)
        return rc;
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return ms_fail(err, MS_ERR_SYS, "cannot write %s: it is a folder", path);
    int fd = open(o->part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return ms_fail_errno(err, "cannot write %s", path);
    o->f = fdopen(fd, "w");
    if (!o->f) {
        ms_fail_errno(err, "cannot write %s", path);
        close(fd);
        unlink(o->part);
        return MS_ERR_SYS;
    }
    return MS_OK;
}

void ms_output_abort(struct ms_output *o)
{
    if (!o->f)
        return;
    fclose(o->f);
    unlink(o->part);
    o->f = NULL;
}

int ms_output_commit(struct ms_output *o, struct ms_error *err)
{
    /* stdio may have met the full disk long ago, then errno is lost: the flush tells it again. */
    errno = 0;
    bool bad = ferror(o->f) != 0;
    bad = fflush(o->f) != 0 || bad;
    int e = errno ? errno : bad ? EIO : 0;
    bad = fclose(o->f) != 0 || bad;
    if (!e)
        e = errno;
    o->f = NULL;
    if (!bad && rename(o->part, o->path) == 0)
        return MS_OK;
    if (!bad)
        e = errno;
    unlink(o->part);
    errno = e;
    return ms_fail_errno(err, "cannot write %s", o->path);
}

int ms_output_end(struct ms_output *o, int rc, struct ms_error *err)
{
    if (rc == MS_OK)
        return ms_output_commit(o, err);
    ms_output_abort(o);
    return ms_fail_context(err, "cannot write %s", o->path);
}

int ms_make_dirs(const char *path, struct ms_error *err)
{
    char p[PATH_MAX];
    int n = snprintf(p, sizeof p, "%s", path);
    if (n <= 0 || (size_t)n >= sizeof p)
        return ms_fail(err, MS_ERR_RANGE, "not a name for a folder: '%s'", path);
    for (char *s = p + 1;; s++) {
        if (*s != '/' && *s != '\0')
            continue;
        char c = *s;
        *s = '\0';
        if (mkdir(p, 0777) < 0 && errno != EEXIST)
            return ms_fail_errno(err, "cannot make the folder %s", p);
        *s = c;
        if (c == '\0')
            break;
    }
    struct stat st;
    if (stat(p, &st) < 0 || !S_ISDIR(st.st_mode))
        return ms_fail(err, MS_ERR_SYS, "%s is not a folder", p);
    return MS_OK;
}

int ms_output_probe(const char *path, struct ms_error *err)
{
    struct ms_output o;
    int rc = ms_output_open(&o, path, err);
    if (rc == MS_OK)
        ms_output_abort(&o);
    return rc;
}

int ms_report_write(const struct ms_report *r,
                    int (*render)(const struct ms_report *r, FILE *out, struct ms_error *err),
                    const char *path, struct ms_error *err)
{
    struct ms_output o;
    int rc = ms_output_open(&o, path, err);
    return rc < 0 ? rc : ms_output_end(&o, render(r, o.f, err), err);
}
