/* SPDX-License-Identifier: MIT */
/*
 * A tester that means ill: hostile SOCKET AGENT-PID SCENE. Prints how much memory the agent's processes had at the worst
 * moment (KiB of their own: what programs and libraries map is not counted), and ends with 0 if the agent did as docs/agent-protocol.md says.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { GUARD_MS = 20000, STALLED_MS = 500 };

static const char *path;
static long agent, worst;

static void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
    exit(1);
}

/* ---- memory ---- */

static long share_of(long pid)
{
    char name[64], line[256];
    long kib = 0, v;
    snprintf(name, sizeof name, "/proc/%ld/smaps_rollup", pid);
    FILE *f = fopen(name, "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "Pss_Anon: %ld", &v) == 1)
            kib = v;
    if (f != NULL)
        fclose(f);
    return kib;
}

static long tree(long pid, unsigned *n)
{
    char name[64];
    long kib = share_of(pid), child;
    snprintf(name, sizeof name, "/proc/%ld/task/%ld/children", pid, pid);
    FILE *f = fopen(name, "r");
    ++*n;
    while (f != NULL && fscanf(f, "%ld", &child) == 1)
        kib += tree(child, n);
    if (f != NULL)
        fclose(f);
    return kib;
}

static unsigned measure(void)
{
    unsigned n = 0;
    long kib = tree(agent, &n);
    if (kib > worst)
        worst = kib;
    return n;
}

/* ---- the stream ---- */

static int open_stream(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        fail("connect: %s", strerror(errno));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* What came: its lines are counted, the last one kept. */
struct heard {
    const char *want; /* the beginning of a line that is waited for */
    int found;
    size_t lines, have;
    char last[8193], now[8193];
};

/* False at the end of the stream, or when nothing came for so long. */
static int hear(int fd, struct heard *h, int ms)
{
    static char chunk[65536];
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (poll(&p, 1, ms) != 1)
        return 0;
    ssize_t n = read(fd, chunk, sizeof chunk);
    for (ssize_t i = 0; i < n; i++) {
        if (chunk[i] != '\n') {
            if (h->have == 8191)
                fail("a line of more than 8192 octets");
            h->now[h->have++] = chunk[i];
            continue;
        }
        h->now[h->have] = '\0';
        memcpy(h->last, h->now, h->have + 1);
        h->have = 0;
        h->lines++;
        h->found |= h->want != NULL && strncmp(h->last, h->want, strlen(h->want)) == 0;
    }
    return n > 0;
}

/* Writes all of it and reads meanwhile. */
static void say(int fd, const char *p, size_t n, struct heard *h)
{
    while (n > 0) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k > 0) {
            p += k;
            n -= (size_t)k;
            continue;
        }
        if (k < 0 && errno != EAGAIN)
            fail("send: %s", strerror(errno));
        struct pollfd w = {.fd = fd, .events = POLLIN | POLLOUT};
        if (poll(&w, 1, GUARD_MS) != 1)
            fail("the agent does not read");
        if (w.revents & POLLIN)
            hear(fd, h, 0);
    }
}

/* Sends the words and reads until a line begins so. */
static void ask(int fd, struct heard *h, const char *begin, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void ask(int fd, struct heard *h, const char *begin, const char *fmt, ...)
{
    char line[8192];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    h->want = begin;
    h->found = 0;
    say(fd, line, (size_t)n, h);
    while (!h->found)
        if (!hear(fd, h, GUARD_MS))
            fail("no line that begins with \"%s\" came; the last one was \"%.200s\"", begin,
                 h->last);
}

static void words(int fd, struct heard *h, const char *fmt, ...)
{
    char line[8192];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    say(fd, line, (size_t)n, h);
}

static void hello(int fd, struct heard *h)
{
    ask(fd, h, "0.4000000000 ok ", "\n0.4000000000 hello version=1 nonce=h\n");
}

/* The agent serves others and this one as ever. */
static void goes_on(int fd, struct heard *h)
{
    static struct heard other;
    int fresh = open_stream();
    hello(fresh, &other);
    close(fresh);
    hello(fd, h);
}

/* Sends requests, reads nothing, until the agent takes no more; gives how many. */
static size_t without_reading(int fd, const char *verb, size_t most)
{
    struct pollfd w = {.fd = fd, .events = POLLOUT};
    size_t sent = 0, have = 0, at = 0;
    char line[128];
    while (sent < most || at < have) {
        if (at == have) {
            have = (size_t)snprintf(line, sizeof line, verb, sent + 1);
            at = 0;
            sent++;
        }
        ssize_t k = send(fd, line + at, have - at, MSG_NOSIGNAL);
        if (k > 0)
            at += (size_t)k;
        else if (errno != EAGAIN)
            fail("send: %s", strerror(errno));
        else if (poll(&w, 1, STALLED_MS) == 0)
            break;
    }
    measure();
    /* The rest of the line that was begun goes out when there is room. */
    struct heard *h = calloc(1, sizeof *h);
    say(fd, line + at, have - at, h);
    while (h->lines < sent && hear(fd, h, GUARD_MS))
        ;
    if (h->lines < sent)
        fail("%zu requests, %zu lines", sent, h->lines);
    free(h);
    return sent;
}

/* ---- scenes ---- */

static void noise(void)
{
    static struct heard h;
    char chunk[4096];
    int fd = open_stream(), source = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    hello(fd, &h);
    for (int i = 0; i < 2048; i++) {
        if (read(source, chunk, sizeof chunk) != sizeof chunk)
            fail("/dev/urandom");
        say(fd, chunk, sizeof chunk, &h);
    }
    measure();
    goes_on(fd, &h);
}

static void endless(void)
{
    static struct heard h;
    static char chunk[65536];
    int fd = open_stream();
    hello(fd, &h);
    memset(chunk, '1', sizeof chunk);
    for (int i = 0; i < 1024; i++)
        say(fd, chunk, sizeof chunk, &h);
    measure();
    goes_on(fd, &h);
}

static void unread(void)
{
    static struct heard h;
    int fd = open_stream();
    hello(fd, &h);
    size_t n = without_reading(fd, "0.%zu ping\n", 1000000);
    printf("%zu requests were taken unread, ", n);
    goes_on(fd, &h);
}

static void unread_session(void)
{
    static struct heard h;
    int fd = open_stream();
    hello(fd, &h);
    ask(fd, &h, "1.1 ok", "1.1 fresh paths=1 mac=02ee0001\n");
    struct heard *own = calloc(1, sizeof *own);
    size_t n = without_reading(fd, "1.%zu counters\n", 20000);
    printf("%zu requests were taken unread, ", n);
    free(own);
    goes_on(fd, &h);
}

/* A session that is to end has more to say than is kept, to one who begins to read when it should be gone long since. */
static void late_reader(void)
{
    enum { ANSWERS = 4, LINES = 256 /* of one answer, without its ok */, LATE_MS = 7000 };
    static struct heard h;
    int fd = open_stream();
    hello(fd, &h);
    ask(fd, &h, "1.1 ok", "1.1 fresh paths=1 mac=02de0001 a1=i1,i,0,10.9.0.2/24,- port=5000\n");
    ask(fd, &h, "1.2 ok", "1.2 listen plain=1\n");
    ask(fd, &h, "1.3 ok", "1.3 connect name=a addr=10.9.0.2 plain=1\n");
    ask(fd, &h, "1.4 ok", "1.4 accept name=b\n");
    words(fd, &h, "1.5 send name=a num=%d\n", LINES * 4096);
    ask(fd, &h, "1.6 ok", "1.6 recv name=b num=%d\n", LINES * 4096);
    size_t before = h.lines;
    for (int i = 0; i < ANSWERS; i++)
        words(fd, &h, "1.%d received name=b\n", 10 + i);
    words(fd, &h, "1.20 end\n");
    poll(NULL, 0, LATE_MS);
    measure();
    ask(fd, &h, "1.20 ok", "%s", "");
    if (h.lines - before != ANSWERS * (LINES + 1) + 1)
        fail("%zu lines came, not %d", h.lines - before, ANSWERS * (LINES + 1) + 1);
    goes_on(fd, &h);
}

static void sessions(void)
{
    static struct heard h;
    int fd = open_stream();
    hello(fd, &h);
    for (int i = 1; i <= 1000; i++)
        words(fd, &h, "%d.1 fresh paths=1 mac=02ef%04x\n", i, i);
    ask(fd, &h, "0.1 ok", "0.1 ping\n");
    unsigned n = measure();
    if (n > 64 + 8)
        fail("%u processes", n);
    goes_on(fd, &h);
}

static void half_open(void)
{
    enum { MANY = 200 };
    static struct heard h;
    int fd = open_stream();
    for (int i = 0; i < MANY; i++) {
        int more = open_stream();
        if (send(more, "0.1 hel", 7, MSG_NOSIGNAL) < 0 && errno != EPIPE)
            fail("send: %s", strerror(errno));
    }
    hello(fd, &h);
    measure();
}

static void sockets(void)
{
    static struct heard h;
    int fd = open_stream();
    hello(fd, &h);
    ask(fd, &h, "1.1 ok", "1.1 fresh paths=1 mac=02ee0002\n");
    for (unsigned i = 2; i < 5000; i++)
        words(fd, &h, "1.%u listen port=%u\n", i, 1000 + i);
    ask(fd, &h, "1.5001 ok", "1.5001 sysctl-get text=net.ipv4.tcp_sack\n");
    measure();
    goes_on(fd, &h);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*play)(void);
    } scenes[] = {{"noise", noise},
                  {"endless", endless},
                  {"unread", unread},
                  {"unread-session", unread_session},
                  {"late-reader", late_reader},
                  {"sessions", sessions},
                  {"half-open", half_open},
                  {"sockets", sockets}};
    if (argc != 4)
        return 64;
    path = argv[1];
    agent = atol(argv[2]);
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
        if (strcmp(argv[3], scenes[i].name) != 0)
            continue;
        scenes[i].play();
        printf("%ld KiB\n", worst);
        return 0;
    }
    return 64;
}
