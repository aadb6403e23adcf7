/* SPDX-License-Identifier: MIT */
/*
 * A process that outlives the agent by moments: at the agent's end, however that comes, it gives offloads back and
 * removes the socket's file. It learns of the end by the end of a pipe that the agent alone writes to.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/serve.h"

struct file {
    char path[PATH_MAX];
    dev_t dev;
    ino_t ino;
};

static void remove_file(const struct file *f)
{
    struct stat st;
    if (lstat(f->path, &st) == 0 && st.st_dev == f->dev && st.st_ino == f->ino)
        unlink(f->path);
}

static void guard(const struct ms_agent *a, int cue, const struct ms_offloads *was, unsigned n)
{
    static struct file file;
    struct file told;
    int keep[1 + MS_PATHS_MAX]; /* the cue, as 0, and the claims */
    size_t have = 0;
    ssize_t got;

    keep[0] = cue;
    memcpy(keep + 1, a->claim, a->n_claims * sizeof *a->claim);
    ms_outlive("agent-guardian", keep, 1 + a->n_claims);
    while ((got = read(0, (char *)&told + have, sizeof told - have)) != 0) {
        if (got < 0 && errno != EINTR)
            break;
        have += got > 0 ? (size_t)got : 0;
        if (have == sizeof told) {
            file = told;
            have = 0;
        }
    }
    for (unsigned i = n; i-- > 0;)
        ms_offloads_restore(&was[i]);
    if (*file.path != '\0')
        remove_file(&file);
    _exit(0);
}

int guardian_start(struct ms_agent *a, const struct ms_offloads *was, unsigned n,
                   struct ms_error *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return ms_fail_errno(err, "pipe");
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        guard(a, ends[0], was, n);
    }
    close(ends[0]);
    if (pid < 0) {
        close(ends[1]);
        return ms_fail_errno(err, "fork");
    }
    a->guardian = pid;
    a->guard_fd = ends[1];
    return MS_OK;
}

void guardian_file(const struct ms_agent *a, const char *path)
{
    static struct file f;
    struct stat st;

    if (lstat(path, &st) != 0 || (*path != '/' && getcwd(f.path, sizeof f.path - 1) == NULL))
        return;
    size_t at = *path != '/' ? strlen(f.path) : 0;
    if (at != 0)
        f.path[at++] = '/';
    if (at + strlen(path) >= sizeof f.path)
        return;
    memcpy(f.path + at, path, strlen(path) + 1);
    f.dev = st.st_dev;
    f.ino = st.st_ino;
    (void)!write(a->guard_fd, &f, sizeof f);
}
