/* SPDX-License-Identifier: MIT */
/* Where the cases and topologies are. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mptcpspec/runner.h"

#define CATALOGUE "cases/requirements.tsv"

static bool holds_data(const char *dir)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", dir, CATALOGUE);
    return n > 0 && (size_t)n < sizeof path && access(path, R_OK) == 0;
}

/* The present folder is written as ".", so that messages name files as the user sees them. */
static int found(const char *dir, char *out, size_t cap, struct ms_error *err)
{
    char here[PATH_MAX], there[PATH_MAX];
    if (getcwd(here, sizeof here) && realpath(dir, there) && strcmp(here, there) == 0)
        dir = ".";
    int n = snprintf(out, cap, "%s", dir);
    if (n < 0 || (size_t)n >= cap)
        return ms_fail(err, MS_ERR_SPACE, "the data folder's path is too long: %s", dir);
    return MS_OK;
}

/* Cuts the last component; false at the root. */
static bool parent(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return false;
    *slash = '\0';
    return true;
}

int ms_data_dir(char *out, size_t cap, struct ms_error *err)
{
    const char *env = getenv("MPTCPSPEC_DATA");
    if (env && *env) {
        if (!holds_data(env))
            return ms_fail(err, MS_ERR_NOTFOUND, "MPTCPSPEC_DATA is %s, but there is no %s/%s", env,
                           env, CATALOGUE);
        return found(env, out, cap, err);
    }
    char exe[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    bool have_exe = n > 0;
    if (have_exe) {
        exe[n] = '\0';
        have_exe = parent(exe);
    }
    char dir[PATH_MAX + 32];
    if (have_exe) { /* TREE/build/mptcpspec */
        snprintf(dir, sizeof dir, "%s", exe);
        if (parent(dir) && holds_data(dir))
            return found(dir, out, cap, err);
    }
    if (holds_data("."))
        return found(".", out, cap, err);
    if (have_exe) { /* PREFIX/bin/mptcpspec */
        snprintf(dir, sizeof dir, "%s", exe);
        if (parent(dir) && strlen(dir) < PATH_MAX) {
            strcat(dir, "/share/mptcpspec");
            if (holds_data(dir))
                return found(dir, out, cap, err);
        }
    }
    return ms_fail(err, MS_ERR_NOTFOUND,
                   "cannot find the test suite (%s): run from the source tree, or set "
                   "MPTCPSPEC_DATA to the folder "
                   "that holds cases/ and topo/",
                   CATALOGUE);
}
