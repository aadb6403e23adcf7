/* SPDX-License-Identifier: MIT */
/* The first process of a guest: a kernel, this and the agent are all there is in it. It mounts what the agent needs,
 * loads modules in the order listed in /modules/list, waits for the control device and the interface, starts the agent
 * and powers the machine off when that ends. What it says goes to the console, which is the log of the guest.
 *
 * Words of the kernel's command line, all optional:
 *   mptcpspec.port=NAME      control device: the virtio-serial port of that name
 *   mptcpspec.device=PATH    control device: that one
 *   mptcpspec.iface=IF[,IF]  interfaces for data, eth0 if not given
 *   mptcpspec.v4=ADDR/LEN    addresses of the first of them
 *   mptcpspec.v6=ADDR/LEN
 *   mptcpspec.probe=1        say that the kernel came up, and power off
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define AGENT "/agent"
/* Devices appear within milliseconds; this ends a guest that lacks one, with a reason on its console. */
#define DEVICE_GUARD_MS 60000

struct in6_ifreq_addr {
    struct in6_addr addr;
    unsigned prefix;
    int ifindex;
};

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

static void say(const char *fmt, ...)
{
    char line[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    dprintf(STDOUT_FILENO, "mptcpspec guest: %s\n", line);
}

static void power_off(void) __attribute__((noreturn));
static void power_off(void)
{
    sync();
    reboot(RB_POWER_OFF);
    reboot(RB_AUTOBOOT); /* a machine without ACPI: its emulator is told not to start again */
    for (;;)
        pause();
}

static void die(const char *fmt, ...)
{
    char line[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    say("cannot start: %s", line);
    power_off();
}

static void mount_all(void)
{
    static const struct {
        const char *type, *where;
    } mounts[] = {
        {"devtmpfs", "/dev"}, {"proc", "/proc"}, {"sysfs", "/sys"},
        {"tmpfs", "/tmp"},    {"tmpfs", "/run"},
    };

    for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
        mkdir(mounts[i].where, 0755);
        /* EBUSY: kernels with CONFIG_DEVTMPFS_MOUNT have mounted /dev. */
        if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, NULL) != 0 && errno != EBUSY)
            die("%s on %s: %s", mounts[i].type, mounts[i].where, strerror(errno));
    }
}

static void open_console(void)
{
    int fd = open("/dev/console", O_RDWR);

    if (fd < 0)
        return;
    for (int i = 0; i <= 2; i++)
        dup2(fd, i);
    if (fd > 2)
        close(fd);
}

/* The value of a word of the command line, the caller's; NULL where it is not given. */
static const char *word(const char *name)
{
    static char cmdline[4096];
    size_t len = strlen(name);

    if (cmdline[0] == '\0') {
        int fd = open("/proc/cmdline", O_RDONLY);
        ssize_t n = fd < 0 ? -1 : read(fd, cmdline, sizeof(cmdline) - 1);

        if (n <= 0)
            die("/proc/cmdline: %s", strerror(errno));
        cmdline[n] = '\0';
        close(fd);
        for (char *c = cmdline; *c; c++)
            if (*c == ' ' || *c == '\n')
                *c = '\1';
    }
    for (const char *at = cmdline; at; at = strchr(at, '\1')) {
        at += *at == '\1';
        if (strncmp(at, name, len) == 0 && at[len] == '=')
            return strndup(at + len + 1, strcspn(at + len + 1, "\1"));
    }
    return NULL;
}

static void load_module(const char *name)
{
    char path[256];
    int fd;

    snprintf(path, sizeof(path), "/modules/%s", name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST))
        say("module %s: %s", name, strerror(errno));
    if (fd >= 0)
        close(fd);
}

static void load_modules(void)
{
    FILE *list = fopen("/modules/list", "re");
    char name[128];

    if (!list)
        return;
    while (fgets(name, sizeof(name), list)) {
        name[strcspn(name, "\n")] = '\0';
        if (name[0] != '\0')
            load_module(name);
    }
    fclose(list);
}

/* The device of the virtio-serial port of that name in PATH. */
static bool find_port(const char *name, char *path, size_t cap)
{
    DIR *ports = opendir("/sys/class/virtio-ports");
    bool found = false;
    struct dirent *e;

    while (ports && !found && (e = readdir(ports)) != NULL) {
        char file[sizeof(e->d_name) + 64], has[128] = "";
        FILE *f;

        snprintf(file, sizeof(file), "/sys/class/virtio-ports/%s/name", e->d_name);
        f = fopen(file, "re");
        if (f && fgets(has, sizeof(has), f)) {
            has[strcspn(has, "\n")] = '\0';
            snprintf(path, cap, "/dev/%s", e->d_name);
            found = strcmp(has, name) == 0 && access(path, R_OK | W_OK) == 0;
        }
        if (f)
            fclose(f);
    }
    if (ports)
        closedir(ports);
    return found;
}

static bool find_iface(const char *name, char *path, size_t cap)
{
    snprintf(path, cap, "/sys/class/net/%s", name);
    return access(path, F_OK) == 0;
}

static bool find_device(const char *name, char *path, size_t cap)
{
    snprintf(path, cap, "%s", name);
    return access(path, R_OK | W_OK) == 0;
}

/* Waits for what FIND looks for. The kernel says by UEVENTS whenever something has appeared. */
static void await(int uevents, bool (*find)(const char *, char *, size_t), const char *kind,
                  const char *name, char *path, size_t cap)
{
    while (!find(name, path, cap)) {
        struct pollfd p = {.fd = uevents, .events = POLLIN};
        char event[4096];

        if (poll(&p, 1, DEVICE_GUARD_MS) <= 0)
            die("no %s %s: is the driver among the modules?", kind, name);
        (void)!recv(uevents, event, sizeof(event), MSG_DONTWAIT);
    }
}

static int open_uevents(void)
{
    struct sockaddr_nl all = {.nl_family = AF_NETLINK, .nl_groups = 1};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

    if (fd < 0 || bind(fd, (struct sockaddr *)&all, sizeof(all)) != 0)
        die("uevents: %s", strerror(errno));
    return fd;
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    (void)!write(fd, text, strlen(text));
    close(fd);
}

static void link_up(const char *name)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq r = {0};

    snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
    if (ioctl(fd, SIOCGIFFLAGS, &r) != 0)
        die("interface %s: %s", name, strerror(errno));
    r.ifr_flags |= IFF_UP;
    if (ioctl(fd, SIOCSIFFLAGS, &r) != 0)
        die("interface %s up: %s", name, strerror(errno));
    close(fd);
}

/* There is no router on a guest's wire, and nobody else who might have its addresses. */
static void quieten(const char *iface)
{
    static const char *const off[] = {"accept_ra", "accept_dad", "router_solicitations"};
    char path[128];

    for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
        snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", iface, off[i]);
        write_file(path, "0");
    }
}

/* ADDR/LEN in OUT, network byte order, and the length. */
static unsigned parse_addr(int family, const char *text, void *out)
{
    char addr[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    unsigned long len = slash ? strtoul(slash + 1, NULL, 10) : 0;

    snprintf(addr, sizeof(addr), "%.*s", (int)(slash ? slash - text : 0), text);
    if (inet_pton(family, addr, out) != 1 || len == 0 || len > (family == AF_INET ? 32 : 128))
        die("address %s: ADDR/LEN is expected", text);
    return (unsigned)len;
}

static void add_v4(const char *iface, const char *text)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in sin = {.sin_family = AF_INET};
    unsigned len = parse_addr(AF_INET, text, &sin.sin_addr);
    struct ifreq r = {0};

    snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", iface);
    memcpy(&r.ifr_addr, &sin, sizeof(sin));
    if (ioctl(fd, SIOCSIFADDR, &r) != 0)
        die("address %s on %s: %s", text, iface, strerror(errno));
    sin.sin_addr.s_addr = htonl(len == 32 ? 0xffffffffU : ~(0xffffffffU >> len));
    memcpy(&r.ifr_addr, &sin, sizeof(sin));
    if (ioctl(fd, SIOCSIFNETMASK, &r) != 0)
        die("mask of %s on %s: %s", text, iface, strerror(errno));
    close(fd);
}

static void add_v6(const char *iface, const char *text)
{
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq r = {0};
    struct in6_ifreq_addr a = {0};

    a.prefix = parse_addr(AF_INET6, text, &a.addr);
    snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", iface);
    if (ioctl(fd, SIOCGIFINDEX, &r) != 0)
        die("interface %s: %s", iface, strerror(errno));
    a.ifindex = r.ifr_ifindex;
    if (ioctl(fd, SIOCSIFADDR, &a) != 0 && errno != EEXIST)
        die("address %s on %s: %s", text, iface, strerror(errno));
    close(fd);
}

static void set_up_links(int uevents, const char *ifaces)
{
    const char *v4 = word("mptcpspec.v4"), *v6 = word("mptcpspec.v6");
    char *copy = strdup(ifaces), *rest = copy, *name;

    link_up("lo");
    while ((name = strsep(&rest, ",")) != NULL) {
        char path[128];

        await(uevents, find_iface, "interface", name, path, sizeof(path));
        quieten(name);
        link_up(name);
        if (v4)
            add_v4(name, v4);
        if (v6)
            add_v6(name, v6);
        v4 = v6 = NULL;
    }
    free(copy);
}

/* Starts the agent and gathers orphans until it ends; says how it did. */
static void run_agent(const char *device, const char *ifaces)
{
    char *argv[] = {(char *)AGENT,     (char *)"--device", (char *)device,
                    (char *)"--iface", (char *)ifaces,     NULL};
    char *envp[] = {(char *)"PATH=/", (char *)"HOME=/", NULL};
    pid_t agent = fork(), pid;
    int status = 0;

    if (agent < 0)
        die("fork: %s", strerror(errno));
    if (agent == 0) {
        execve(AGENT, argv, envp);
        say("%s: %s", AGENT, strerror(errno));
        _exit(127);
    }
    do {
        pid = waitpid(-1, &status, 0);
    } while (pid != agent);
    if (WIFSIGNALED(status))
        say("the agent was ended by signal %d", WTERMSIG(status));
    else
        say("the agent ended with status %d", WEXITSTATUS(status));
}

int main(void)
{
    const char *ifaces, *port, *device;
    char path[512];
    int uevents;

    mount_all();
    open_console();
    if (word("mptcpspec.probe")) {
        say("the kernel is up");
        power_off();
    }
    /* By its memory a small guest is allowed some hundreds, and kernels take their time to dismantle one. */
    write_file("/proc/sys/user/max_net_namespaces", "16384");
    uevents = open_uevents();
    load_modules();
    ifaces = word("mptcpspec.iface");
    ifaces = ifaces ? ifaces : "eth0";
    port = word("mptcpspec.port");
    device = word("mptcpspec.device");
    if (port)
        await(uevents, find_port, "virtio-serial port", port, path, sizeof(path));
    else if (device)
        await(uevents, find_device, "device", device, path, sizeof(path));
    else
        die("neither mptcpspec.port nor mptcpspec.device is given");
    set_up_links(uevents, ifaces);
    say("agent on %s, data on %s", path, ifaces);
    run_agent(path, ifaces);
    power_off();
}
