/* SPDX-License-Identifier: MIT */
/* Where executables are, and which package has them. */
#include "programs/programs_int.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *program, *package;
} packages[] = {
    {"ncat", "ncat"},       {"nc", "netcat-openbsd"}, {"nc.openbsd", "netcat-openbsd"},
    {"iperf3", "iperf3"},   {"curl", "curl"},         {"wget", "wget"},
    {"python3", "python3"}, {"mptcpize", "mptcpize"}, {"mptcpd", "mptcpd"},
    {"ip", "iproute2"},     {"ss", "iproute2"},       {"nstat", "iproute2"},
    {"tc", "iproute2"},     {"sysctl", "procps"},     {"ping", "iputils-ping"},
    {"nft", "nftables"},    {"ethtool", "ethtool"},   {"tcpdump", "tcpdump"},
    {"route", "net-tools"}, {"stap", "systemtap"},    {"go", "golang-go"},
    {"sh", "dash"},         {"strace", "strace"},
};

static bool executable(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

bool program_path(const char *program, char *out, size_t cap)
{
    if (strchr(program, '/') != NULL) {
        int n = snprintf(out, cap, "%s", program);
        return n > 0 && (size_t)n < cap && executable(out);
    }
    for (const char *at = MS_PROGRAM_PATH; *at != '\0';) {
        size_t len = strcspn(at, ":");
        int n = snprintf(out, cap, "%.*s/%s", (int)len, at, program);
        if (n > 0 && (size_t)n < cap && executable(out))
            return true;
        at += len + (at[len] == ':');
    }
    return false;
}

const char *ms_program_missing(const char *program)
{
    char path[256];
    const char *slash = strrchr(program, '/');
    const char *name = slash != NULL ? slash + 1 : program;

    if (*program != '\0' && program_path(program, path, sizeof path))
        return NULL;
    for (size_t i = 0; i < MS_ARRAY_LEN(packages); i++)
        if (strcmp(packages[i].program, name) == 0)
            return packages[i].package;
    return "";
}
