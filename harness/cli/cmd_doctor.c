/* SPDX-License-Identifier: MIT */
/* mptcpspec doctor: what this machine has and lacks, each with its remedy. */
#include <errno.h>
#include <libnet.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/commands.h"
#include "mptcpspec/link.h"

/* Result of one look: text for people; `ok` false: `remedy` says what to do. */
struct finding {
    bool ok;
    bool matters; /* the suite cannot run without */
    char text[PATH_MAX];
    const char *remedy;
};

static void say(struct finding *f, bool ok, const char *text)
{
    f->ok = ok;
    snprintf(f->text, sizeof f->text, "%s", text);
}

static void look_data(struct finding *f)
{
    char dir[PATH_MAX];
    struct ms_error err = {0};
    bool ok = ms_data_dir(dir, sizeof dir, &err) == MS_OK;
    f->matters = true;
    say(f, ok, ok ? dir : err.msg);
    f->remedy = "set MPTCPSPEC_DATA to the folder that holds cases/ and topo/";
}

static void look_privilege(struct finding *f)
{
    struct ms_error err = {0};
    bool root = geteuid() == 0;
    f->matters = true;
    if (ms_privilege_acquire(&err) == MS_OK)
        say(f, true, root ? "runs as root" : "runs in a user namespace of its own");
    else
        say(f, false, err.msg);
    f->remedy = "run as root, or allow user namespaces: sysctl user.max_user_namespaces=10000 "
                "(Ubuntu also: "
                "kernel.apparmor_restrict_unprivileged_userns=0)";
}

static void look_mptcp(struct finding *f)
{
    struct ms_kernel_facts k = {0};
    struct ms_error err = {0};
    f->matters = true;
    f->remedy = "boot a kernel with CONFIG_MPTCP=y and CONFIG_MPTCP_IPV6=y (any of the last years "
                "has it); a "
                "container may forbid the socket: run outside of it";
    if (ms_kernel_facts_read(&k, &err) < 0) {
        say(f, false, err.msg);
        return;
    }
    f->ok = k.mptcp;
    if (k.mptcp)
        snprintf(f->text, sizeof f->text, "Linux %s%s%s", k.release,
                 k.pm_netlink ? ", path manager" : "", k.full_info ? ", MPTCP_FULL_INFO" : "");
    else
        snprintf(f->text, sizeof f->text, "Linux %s makes no MPTCP socket: %s", k.release,
                 strerror(k.mptcp_errno));
}

static void look_config(struct finding *f)
{
    struct ms_kernel_facts k = {0};
    bool ok = ms_kernel_facts_read(&k, NULL) == MS_OK && *k.config_sha256;
    snprintf(f->text, sizeof f->text, ok ? "SHA-256 %.16s..." : "cannot be read", k.config_sha256);
    f->ok = ok;
    f->remedy = "reports will lack the configuration: CONFIG_IKCONFIG_PROC=y, or a readable "
                "/boot/config-RELEASE";
}

static void look_host_sysctl(struct finding *f)
{
    char v[64];
    struct ms_error err = {0};
    if (ms_sysctl_get("net.mptcp.enabled", v, sizeof v, &err) < 0)
        say(f, false, err.msg);
    else
        snprintf(f->text, sizeof f->text,
                 "net.mptcp.enabled=%s here; cases set it to 1 in their own namespaces", v),
            f->ok = true;
    f->remedy = "the kernel knows no net.mptcp: see above";
}

/* In a process of its own, since it changes namespaces. */
static int make_network(struct ms_error *err)
{
    struct ms_topo topo = {.name = "doctor", .n_paths = 1, .n_addrs = 2};
    static const char *const text[] = {"192.0.2.1", "192.0.2.2"};
    for (unsigned i = 0; i < 2; i++) {
        struct ms_topo_addr *a = &topo.addr[i];
        *a = (struct ms_topo_addr){.on_iut = i == 1, .prefix4 = 24};
        snprintf(a->name, sizeof a->name, "%s1", i ? "i" : "t");
        ms_addr_parse(text[i], &a->v4);
    }
    struct ms_net net;
    int rc = ms_net_create(&net, &topo, err);
    if (rc < 0)
        return rc;
    struct ms_link *l;
    rc = ms_link_open(net.path[0].tester_if, net.path[0].tester_mac, &l, err);
    if (rc == MS_OK)
        rc = ms_link_own(l, &topo.addr[0].v4, err);
    uint8_t mac[6];
    if (rc == MS_OK)
        rc = ms_link_prove(l, &topo.addr[0].v4, &topo.addr[1].v4, 5000, mac, err);
    return rc;
}

static void look_network(struct finding *f)
{
    int fd[2];
    struct ms_error err = {0};
    f->matters = true;
    f->remedy = "needed: network namespaces (CONFIG_NET_NS), veth (CONFIG_VETH, module veth) and "
                "packet sockets "
                "(CONFIG_PACKET)";
    if (pipe(fd) < 0) {
        say(f, false, strerror(errno));
        return;
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        int rc = make_network(&err);
        ssize_t w = rc < 0 ? write(fd[1], err.msg, strlen(err.msg)) : 0;
        _exit(rc < 0 || w < 0);
    }
    close(fd[1]);
    char text[512] = "";
    ssize_t n = pid < 0 ? -1 : read(fd[0], text, sizeof text - 1);
    close(fd[0]);
    int status = 1;
    if (pid > 0)
        waitpid(pid, &status, 0);
    bool ok = pid > 0 && n == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    say(f, ok,
        ok      ? "namespaces, veth pair, capture and injection work"
        : *text ? text
                : "the trial died");
}

static void look_libraries(struct finding *f)
{
    f->ok = true;
    snprintf(f->text, sizeof f->text, "%s; %s", pcap_lib_version(), libnet_version());
}

static void look_disk(struct finding *f)
{
    struct statvfs v;
    bool ok = statvfs(".", &v) == 0;
    unsigned long long mib = ok ? (unsigned long long)v.f_bavail * v.f_frsize >> 20 : 0;
    snprintf(f->text, sizeof f->text, "%llu MiB free in the present folder", mib);
    f->ok = ok && mib >= 100;
    f->remedy = "captures and traces of a whole run take some ten MiB";
}

static const struct {
    const char *name;
    void (*look)(struct finding *f);
} looks[] = {
    {"data", look_data},           {"privileges", look_privilege},
    {"MPTCP", look_mptcp},         {"sysctl", look_host_sysctl},
    {"network", look_network},     {"kernel configuration", look_config},
    {"libraries", look_libraries}, {"disk", look_disk},
};

static int cmd_doctor(const struct cli_command *self, int argc, char **argv)
{
    int first = cli_parse(self, NULL, argc, argv);
    if (first <= 0)
        return first < 0 ? CLI_USAGE : CLI_OK;
    if (first < argc)
        return cli_usage(self, "unexpected argument %s", argv[first]);
    bool fit = true;
    for (size_t i = 0; i < MS_ARRAY_LEN(looks); i++) {
        struct finding f = {0};
        looks[i].look(&f);
        printf("%-8s %-21s %s\n",
               f.ok        ? "ok"
               : f.matters ? "missing"
                           : "remark",
               looks[i].name, f.text);
        if (!f.ok)
            printf("%31s%s\n", "", f.remedy);
        fit = fit && (f.ok || !f.matters);
    }
    puts(fit ? "\nready" : "\nnot ready");
    return fit ? CLI_OK : CLI_HARNESS;
}

const struct cli_command cli_doctor = {
    .name = "doctor",
    .args = "",
    .help = "Tell whether this machine can run the suite, and what to do if not.",
    .run = cmd_doctor,
};
