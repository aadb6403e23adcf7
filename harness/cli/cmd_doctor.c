/* SPDX-License-Identifier: MIT */
/* mptcpspec doctor: what this machine has and lacks, each with its remedy. */
#include <errno.h>
#include <libnet.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/commands.h"
#include "mptcpspec/interop.h"
#include "mptcpspec/programs.h"

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

/* Tells user namespaces apart. */
static void user_namespace(char out[64])
{
    ssize_t n = readlink("/proc/self/ns/user", out, 63);
    out[n > 0 ? n : 0] = '\0';
}

static void look_privilege(struct finding *f)
{
    char before[64], after[64];
    struct ms_error err = {0};
    f->matters = true;
    user_namespace(before);
    if (ms_privilege_acquire(&err) == MS_OK) {
        user_namespace(after);
        say(f, true,
            strcmp(before, after) != 0 ? "runs in a user namespace of its own"
            : geteuid() == 0           ? "runs as root"
                                       : "has the capabilities that are needed");
    } else {
        say(f, false, err.msg);
    }
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
        snprintf(f->text, sizeof f->text,
                 "socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP) failed on Linux %s: %s", k.release,
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

static void look_network(struct finding *f)
{
    struct ms_error err = {0};
    bool ok = cli_try_network(&err) == MS_OK;
    f->matters = true;
    f->remedy = "needed: network namespaces (CONFIG_NET_NS), veth (CONFIG_VETH, module veth) and "
                "packet sockets "
                "(CONFIG_PACKET)";
    say(f, ok, ok ? "namespaces, veth pair, capture and injection work" : err.msg);
}

static void look_libraries(struct finding *f)
{
    f->ok = true;
    snprintf(f->text, sizeof f->text, "%s; %s", pcap_lib_version(), libnet_version());
}

/* Programs of scenarios; those of a program that is missing are skipped. */
static void look_programs(struct finding *f)
{
    struct ms_suite s;
    char data[PATH_MAX];
    struct ms_error err = {0};
    struct ms_buf text = {0};
    size_t scenarios = 0, skipped = 0;
    f->remedy = "install them: apt-get install PACKAGE; the scenarios that need them are skipped";
    if (ms_data_dir(data, sizeof data, &err) < 0 || ms_suite_load(&s, data, NULL, 0, &err) < 0) {
        say(f, false, err.msg);
        return;
    }
    for (size_t i = 0; i < s.n_instance; i++) {
        const struct ms_instance *in = &s.instance[i];
        const struct ms_topo *topo = ms_suite_topo(&s, in->c->topology);
        if (!ms_is_scenario(in) || !topo)
            continue;
        const char *program = ms_interop_missing(s.arena, in, topo);
        const char *package = program ? ms_program_missing(program) : NULL;
        scenarios++;
        skipped += package != NULL;
        if (!package)
            continue;
        const char *words =
            ms_arena_printf(s.arena, "%s (package %s)", program, *package ? package : "unknown");
        if (!text.data || !strstr(text.data, words))
            ms_buf_printf(&text, "%s%s", text.len ? ", " : "", words);
    }
    f->ok = skipped == 0;
    if (f->ok)
        snprintf(f->text, sizeof f->text, "all that %zu results of scenarios need", scenarios);
    else
        snprintf(f->text, sizeof f->text, "%zu of %zu results of scenarios lack %s", skipped,
                 scenarios, text.data);
    ms_buf_free(&text);
    ms_suite_free(&s);
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
    {"libraries", look_libraries}, {"programs", look_programs},
    {"disk", look_disk},
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
