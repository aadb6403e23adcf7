/* SPDX-License-Identifier: MIT */
#include "netlab.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mptcpspec/crypto.h"
#include "mptcpspec/target.h"
#include "target/pm.h"

struct lab {
    struct ms_topo topo;
    struct ms_net net;
    struct ms_target *t;
    struct ms_done last;
};

static bool lab_start(struct lab *lab, enum ms_service service, uint64_t source_octets)
{
    if (!lab_ready())
        return false;
    *lab = (struct lab){0};
    lab_dual(&lab->topo);
    LAB_OK(ms_net_create(&lab->net, &lab->topo, err));
    struct ms_target_config cfg = {.net = &lab->net,
                                   .service = service,
                                   .source_octets = source_octets,
                                   .stream_seed = 7,
                                   .default_port = 4433,
                                   .family = MS_IPV4};
    LAB_OK(ms_target_local(&cfg, &lab->t, err));
    return true;
}

static void lab_end(struct lab *lab)
{
    lab->t->ops->free(lab->t);
    ms_net_destroy(&lab->net);
}

static uint32_t start(struct lab *lab, struct ms_verb v)
{
    uint32_t id = 0;
    LAB_OK(lab->t->ops->start(lab->t, &v, &id, err));
    ck_assert(id != 0);
    return id;
}

/* Waits up to five seconds for the completion of `id`; others are passed over. False: it did not come. */
static bool wait_for(struct lab *lab, uint32_t id, int ms)
{
    struct ms_error why = {0};
    for (uint64_t end = ms_now_ns() + (uint64_t)ms * 1000000;;) {
        int rc = lab->t->ops->next(lab->t, &lab->last, &why);
        ck_assert_msg(rc >= 0, "%s", why.msg);
        if (rc == 1 && lab->last.id == id)
            return true;
        if (rc == 1)
            continue;
        if (ms_now_ns() >= end)
            return false;
        struct pollfd p = {.fd = lab->t->ops->fd(lab->t), .events = POLLIN};
        poll(&p, 1, 5);
    }
}

static struct ms_done run(struct lab *lab, struct ms_verb v)
{
    uint32_t id = start(lab, v);
    ck_assert_msg(wait_for(lab, id, 5000), "%s does not complete", ms_verb_name(v.kind));
    ck_assert_int_eq((int)lab->last.kind, (int)v.kind);
    return lab->last;
}

static void run_ok(struct lab *lab, struct ms_verb v)
{
    struct ms_done d = run(lab, v);
    ck_assert_msg(d.err == 0, "%s: %s", ms_verb_name(v.kind), strerror(d.err));
}

/* Two MPTCP connections over the IUT's loopback: the client "a" and what the listener accepts. */
static void open_pair(struct lab *lab, bool plain)
{
    run_ok(lab, (struct ms_verb){.kind = MS_VERB_LISTEN, .plain_tcp = plain});
    run_ok(lab, (struct ms_verb){.kind = MS_VERB_CONNECT,
                                 .name = "a",
                                 .addr = lab_addr("127.0.0.1"),
                                 .plain_tcp = plain});
}

static uint64_t counter(struct lab *lab, const char *name)
{
    struct ms_done d = run(lab, (struct ms_verb){.kind = MS_VERB_COUNTERS});
    ck_assert_int_eq(d.err, 0);
    const struct ms_counter *c = d.data;
    for (size_t i = 0; i < d.num; i++)
        if (strcmp(c[i].name, name) == 0)
            return c[i].value;
    ck_abort_msg("no counter %s among %llu", name, (unsigned long long)d.num);
    return 0;
}

START_TEST(test_names)
{
    for (int k = MS_VERB_LISTEN; k <= MS_VERB_MPTCP_FULL_INFO; k++)
        ck_assert_msg(strcmp(ms_verb_name((enum ms_verb_kind)k), "?") != 0, "verb %d", k);
    ck_assert_str_eq(ms_verb_name((enum ms_verb_kind)99), "?");
    size_t n = 0;
    while (ms_sockopts[n] != NULL)
        n++;
    ck_assert(n > 20);
}
END_TEST

START_TEST(test_no_service)
{
    struct lab lab;
    uint8_t want[5000];
    size_t len;
    if (!lab_start(&lab, MS_SERVICE_NONE, 0))
        return;
    open_pair(&lab, false);
    struct ms_done d = run(&lab, (struct ms_verb){.kind = MS_VERB_ACCEPT, .name = "b"});
    ck_assert_int_eq(d.err, 0);
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_SEND, .name = "a", .num = 5000});
    ck_assert(lab.last.num == 5000);
    /* Exactly what was asked for is read, the rest stays in the kernel. */
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_RECV, .name = "b", .num = 1200});
    ck_assert(lab.last.num == 1200);
    lab.t->ops->received(lab.t, "b", &len);
    UNIT_NUM_EQ(len, 1200);
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_RECV, .name = "b", .num = 5000});
    const uint8_t *got = lab.t->ops->received(lab.t, "b", &len);
    ms_stream_fill(7, 0, want, sizeof want);
    unit_octets_eq("stream", got, len, want, sizeof want);
    char hex[65];
    ms_sha256_hex(want, sizeof want, hex);
    d = run(&lab, (struct ms_verb){.kind = MS_VERB_DIGEST, .name = "b"});
    ck_assert(d.err == 0 && d.num == sizeof want && d.len == 64);
    ck_assert_str_eq(d.data, hex);
    d = run(&lab, (struct ms_verb){.kind = MS_VERB_DIGEST, .name = "nobody"});
    ck_assert_int_eq(d.err, EBADF);

    d = run(&lab, (struct ms_verb){.kind = MS_VERB_NAMES, .name = "a"});
    ck_assert_msg(strstr(d.data, "127.0.0.1 4433") != NULL, "%s", (const char *)d.data);

    uint32_t more = start(&lab, (struct ms_verb){.kind = MS_VERB_RECV, .name = "b", .num = 6000});
    uint32_t eof = start(&lab, (struct ms_verb){.kind = MS_VERB_EXPECT_EOF, .name = "b"});
    ck_assert(!wait_for(&lab, more, 30));
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_SHUTDOWN, .name = "a", .text = "write"});
    ck_assert(wait_for(&lab, more, 3000));
    ck_assert(lab.last.err == 0 && lab.last.num == 5000);
    ck_assert(wait_for(&lab, eof, 3000));
    ck_assert(lab.last.err == 0 && lab.last.num == 5000);

    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_CLOSE, .name = "a"});
    d = run(&lab, (struct ms_verb){.kind = MS_VERB_SEND, .name = "a", .num = 1});
    ck_assert_int_eq(d.err, EBADF);
    d = run(&lab, (struct ms_verb){.kind = MS_VERB_CLOSE, .name = "nobody"});
    ck_assert_int_eq(d.err, ENOTCONN);
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_CLOSE_LISTENER});
    d = run(&lab,
            (struct ms_verb){.kind = MS_VERB_CONNECT, .name = "z", .addr = lab_addr("127.0.0.1")});
    ck_assert_int_eq(d.err, ECONNREFUSED);
    lab_end(&lab);
}
END_TEST

START_TEST(test_echo)
{
    struct lab lab;
    uint8_t want[4096];
    size_t len;
    if (!lab_start(&lab, MS_SERVICE_ECHO, 0))
        return;
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_LISTEN, .addr = lab_addr("::")});
    /* The client of an echo service would echo as well: a plain socket of the test plays it. */
    struct ms_target_config cfg = {.net = &lab.net, .stream_seed = 3, .default_port = 4433};
    struct lab client = {.net = lab.net};
    LAB_OK(ms_target_local(&cfg, &client.t, err));
    uint32_t con =
        start(&client, (struct ms_verb){.kind = MS_VERB_CONNECT, .addr = lab_addr("10.0.1.2")});
    ck_assert(wait_for(&client, con, 3000) && client.last.err == 0);
    uint32_t sent = start(&client, (struct ms_verb){.kind = MS_VERB_SEND, .num = 3000000});
    uint32_t back = start(&client, (struct ms_verb){.kind = MS_VERB_RECV, .num = 3000000});
    bool both[2] = {false, false};
    for (uint64_t end = ms_now_ns() + 10000000000u; (!both[0] || !both[1]) && ms_now_ns() < end;) {
        struct ms_done d;
        ck_assert(lab.t->ops->next(lab.t, &d, NULL) >= 0);
        while (client.t->ops->next(client.t, &d, NULL) == 1) {
            ck_assert_int_eq(d.err, 0);
            both[0] = both[0] || d.id == sent;
            both[1] = both[1] || d.id == back;
        }
    }
    ck_assert(both[0] && both[1]);
    const uint8_t *got = client.t->ops->received(client.t, NULL, &len);
    UNIT_NUM_EQ(len, 3000000);
    for (size_t at = 0; at + sizeof want <= len; at += sizeof want) {
        ms_stream_fill(3, at, want, sizeof want);
        ck_assert_msg(memcmp(got + at, want, sizeof want) == 0, "difference near octet %zu", at);
    }
    /* End of file is answered by end of file. */
    struct ms_done d = run(&lab, (struct ms_verb){.kind = MS_VERB_ACCEPT, .name = "named"});
    ck_assert_str_eq(d.data, "named");
    run_ok(&client, (struct ms_verb){.kind = MS_VERB_SHUTDOWN, .text = "write"});
    uint32_t eof = start(&client, (struct ms_verb){.kind = MS_VERB_EXPECT_EOF});
    for (int i = 0; i < 200 && !wait_for(&client, eof, 5); i++)
        lab.t->ops->next(lab.t, &d, NULL);
    ck_assert(client.last.id == eof && client.last.err == 0);
    lab.t->ops->received(lab.t, "named", &len);
    UNIT_NUM_EQ(len, 3000000);
    client.t->ops->free(client.t);
    lab_end(&lab);
}
END_TEST

START_TEST(test_source)
{
    struct lab lab;
    size_t len;
    if (!lab_start(&lab, MS_SERVICE_SOURCE, 100000))
        return;
    open_pair(&lab, false);
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_RECV, .name = "a", .num = 100000});
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_RECV, .name = "c1", .num = 100000});
    lab.t->ops->received(lab.t, "c1", &len);
    UNIT_NUM_EQ(len, 100000);
    lab_end(&lab);
}
END_TEST

START_TEST(test_stop_reading)
{
    struct lab lab;
    size_t len;
    if (!lab_start(&lab, MS_SERVICE_DISCARD, 0))
        return;
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_STOP_READING});
    open_pair(&lab, false);
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_SEND, .name = "a", .num = 1000});
    uint32_t id = start(&lab, (struct ms_verb){.kind = MS_VERB_RECV, .name = "c1", .num = 1000});
    ck_assert(!wait_for(&lab, id, 50));
    lab.t->ops->received(lab.t, "c1", &len);
    UNIT_NUM_EQ(len, 0);
    start(&lab, (struct ms_verb){.kind = MS_VERB_START_READING, .name = "c1"});
    ck_assert(wait_for(&lab, id, 3000) && lab.last.num == 1000);
    lab_end(&lab);
}
END_TEST

/* A lingering close waits for acknowledgments: not in this process. */
START_TEST(test_linger)
{
    struct lab lab;
    if (!lab_start(&lab, MS_SERVICE_NONE, 0))
        return;
    open_pair(&lab, true);
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_ACCEPT, .name = "b"});
    run_ok(&lab,
           (struct ms_verb){.kind = MS_VERB_SOCKOPT, .name = "b", .text = "linger", .num = 0});
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_CLOSE, .name = "b"});
    struct ms_done d = run(&lab, (struct ms_verb){.kind = MS_VERB_EXPECT_EOF, .name = "a"});
    ck_assert_int_eq(d.err, ECONNRESET);
    run_ok(&lab,
           (struct ms_verb){.kind = MS_VERB_CONNECT, .name = "x", .addr = lab_addr("127.0.0.1")});
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_ACCEPT, .name = "y"});
    run_ok(&lab,
           (struct ms_verb){.kind = MS_VERB_SOCKOPT, .name = "x", .text = "linger", .num = 1});
    /* More than the peer, which does not read, can take: the close lingers for its second. */
    uint32_t sent =
        start(&lab, (struct ms_verb){.kind = MS_VERB_SEND, .name = "x", .num = 50000000});
    ck_assert(!wait_for(&lab, sent, 100));
    uint64_t before = ms_now_ns();
    uint32_t id = start(&lab, (struct ms_verb){.kind = MS_VERB_CLOSE, .name = "x"});
    ck_assert_msg(ms_now_ns() - before < 300000000, "close blocked");
    ck_assert(wait_for(&lab, sent, 100) && lab.last.err == ECANCELED);
    ck_assert(wait_for(&lab, id, 5000));
    ck_assert_msg(ms_now_ns() - before > 500000000, "close did not linger");
    ck_assert_int_eq(lab.last.err, 0);
    d = run(&lab,
            (struct ms_verb){.kind = MS_VERB_SOCKOPT, .name = "y", .text = "nosuch", .num = 1});
    ck_assert_int_eq(d.err, ENOPROTOOPT);
    lab_end(&lab);
}
END_TEST

START_TEST(test_path_manager)
{
    struct lab lab;
    struct pm *pm = NULL;
    struct pm_endpoint list[8];
    size_t n = 0;
    uint32_t subflows = 0, accepted = 0;
    if (!lab_start(&lab, MS_SERVICE_NONE, 0))
        return;
    LAB_OK(ms_net_enter_iut(&lab.net, err));
    LAB_OK(pm_open(&pm, err));
    LAB_OK(ms_net_enter_tester(&lab.net, err));

    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_LIMITS, .num = 5, .num2 = 3});
    ck_assert_int_eq(pm_limits_get(pm, &subflows, &accepted), 0);
    ck_assert(subflows == 5 && accepted == 3);
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_ENDPOINT_ADD,
                                  .addr = lab_addr("10.0.2.2"),
                                  .num = 4,
                                  .flags = MS_EP_SUBFLOW | MS_EP_BACKUP,
                                  .path = 1});
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_ENDPOINT_ADD,
                                  .addr = lab_addr("fd00:2::2"),
                                  .num = 5,
                                  .port = 4434,
                                  .flags = MS_EP_SIGNAL,
                                  .path = -1});
    ck_assert_int_eq(pm_endpoints_get(pm, list, 8, &n), 0);
    UNIT_NUM_EQ(n, 2);
    ck_assert(list[0].id == 4 && list[0].flags == (MS_EP_SUBFLOW | MS_EP_BACKUP));
    ck_assert_int_eq(list[0].ifindex, (int)lab.net.path[1].iut_ifindex);
    ck_assert(list[1].id == 5 && list[1].port == 4434 && list[1].addr.family == MS_IPV6);
    run_ok(&lab, (struct ms_verb){
                     .kind = MS_VERB_ENDPOINT_FLAGS, .addr = lab_addr("10.0.2.2"), .path = -1});
    ck_assert_int_eq(pm_endpoints_get(pm, list, 8, &n), 0);
    UNIT_NUM_EQ(list[0].flags & MS_EP_BACKUP, 0);
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_ENDPOINT_DEL, .num = 4, .path = -1});
    struct ms_done d =
        run(&lab, (struct ms_verb){.kind = MS_VERB_ENDPOINT_DEL, .num = 99, .path = -1});
    ck_assert(d.err != 0);
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_ENDPOINT_FLUSH});
    ck_assert_int_eq(pm_endpoints_get(pm, list, 8, &n), 0);
    UNIT_NUM_EQ(n, 0);
    pm_close(pm);

    run_ok(&lab, (struct ms_verb){
                     .kind = MS_VERB_SYSCTL, .text = "net.mptcp.checksum_enabled", .text2 = "1"});
    d = run(&lab,
            (struct ms_verb){.kind = MS_VERB_SYSCTL, .text = "net.mptcp.nothing", .text2 = "1"});
    ck_assert_int_eq(d.err, ENOENT);
    struct ms_verb add = {
        .kind = MS_VERB_ADDR_ADD, .addr = lab_addr("10.0.2.9"), .num = 24, .path = 1};
    run_ok(&lab, add);
    ck_assert_int_eq(run(&lab, add).err, EEXIST);
    add.kind = MS_VERB_ADDR_DEL;
    run_ok(&lab, add);
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_LINK, .path = 1, .num = 0});
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_LINK, .path = 1, .num = 1});
    lab_end(&lab);
}
END_TEST

static bool item(const struct ms_done *d, const char *name, uint64_t *value)
{
    const struct ms_mptcp_info_item *i = d->data;
    for (size_t k = 0; k < d->num; k++) {
        if (strcmp(i[k].name, name) == 0) {
            *value = i[k].value;
            return true;
        }
    }
    return false;
}

/* Reads events until one begins with `want`; its line. */
static void wait_event(struct ms_pm_events *e, const char *want, char *line, size_t cap)
{
    for (uint64_t end = ms_now_ns() + 20000000000U;;) {
        int rc = ms_pm_events_next(e, line, cap, NULL);
        ck_assert(rc >= 0);
        if (rc == 1 && strncmp(line, want, strlen(want)) == 0)
            return;
        struct pollfd p = {.fd = ms_pm_events_fd(e), .events = POLLIN};
        if (rc == 0)
            ck_assert_msg(poll(&p, 1, 20000) == 1 && ms_now_ns() < end, "no event %s", want);
    }
}

/* The commands of a daemon, on a connection whose two ends are here; the token says which is meant. */
START_TEST(test_pm_user)
{
    struct lab lab;
    struct ms_pm_events *events = NULL;
    char line[256];
    uint64_t token = 0;
    if (!lab_start(&lab, MS_SERVICE_DISCARD, 0))
        return;
    lab.t->ops->free(lab.t);
    struct ms_target_config cfg = {.net = &lab.net,
                                   .service = MS_SERVICE_DISCARD,
                                   .default_port = 4433,
                                   .family = MS_IPV4,
                                   .pm_commands = true};
    LAB_OK(ms_target_local(&cfg, &lab.t, err));
    LAB_OK(ms_pm_events_open(&lab.net, &events, err));
    run_ok(&lab,
           (struct ms_verb){.kind = MS_VERB_SYSCTL, .text = "net.mptcp.pm_type", .text2 = "1"});
    struct ms_verb announce = {
        .kind = MS_VERB_PM_ANNOUNCE, .addr = lab_addr("10.0.2.2"), .num = 7, .path = -1};
    ck_assert_int_eq(run(&lab, announce).err, ENOTCONN);
    open_pair(&lab, false);
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_SEND, .name = "a", .num = 100});
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_RECV, .name = "c1", .num = 100});
    struct ms_done d = run(&lab, (struct ms_verb){.kind = MS_VERB_MPTCP_INFO, .name = "a"});
    ck_assert(item(&d, "token", &token) && token != 0);

    struct ms_verb create = {.kind = MS_VERB_PM_CREATE,
                             .local = lab_addr("10.0.1.2"),
                             .addr = lab_addr("127.0.0.1"),
                             .num = 5,
                             .num2 = (int64_t)token,
                             .path = -1};
    run_ok(&lab, create);
    wait_event(events, "SF_ESTABLISHED", line, sizeof line);
    ck_assert_msg(strstr(line, "saddr=10.0.1.2") != NULL || strstr(line, "daddr=10.0.1.2") != NULL,
                  "%s", line);
    struct ms_verb destroy = create;
    destroy.kind = MS_VERB_PM_DESTROY;
    destroy.num = 0;
    /* The ports are those of the subflow that the events have told of. */
    run_ok(&lab, destroy);
    wait_event(events, "SF_CLOSED", line, sizeof line);
    ck_assert_int_eq(run(&lab, destroy).err, ENOTCONN);

    announce.num2 = (int64_t)token;
    run_ok(&lab, announce);
    wait_event(events, "ANNOUNCED", line, sizeof line);
    ck_assert_msg(strstr(line, "daddr=10.0.2.2") != NULL && strstr(line, "rem_id=7") != NULL, "%s",
                  line);
    struct ms_verb remove = {
        .kind = MS_VERB_PM_REMOVE, .num = 7, .num2 = (int64_t)token, .path = -1};
    run_ok(&lab, remove);
    wait_event(events, "REMOVED", line, sizeof line);
    ck_assert_msg(strstr(line, "rem_id=7") != NULL, "%s", line);
    d = run(&lab, remove);
    ck_assert_msg(d.err != 0 && d.len != 0, "removing what is not there: %d", d.err);
    /* Without a token: the newest connection. */
    announce.num2 = 0;
    run_ok(&lab, announce);
    remove.num = 256;
    uint32_t id;
    ck_assert(lab.t->ops->start(lab.t, &remove, &id, NULL) == MS_ERR_RANGE);
    ms_pm_events_close(events);
    lab_end(&lab);
}
END_TEST

START_TEST(test_observations)
{
    struct lab lab;
    struct ms_kernel_facts facts;
    struct ms_pm_events *events = NULL;
    char line[256] = "";
    uint64_t v = 0;
    if (!lab_start(&lab, MS_SERVICE_DISCARD, 0))
        return;
    LAB_OK(ms_kernel_facts_read(&facts, err));
    ck_assert_msg(facts.mptcp, "%s", strerror(facts.mptcp_errno));
    ck_assert(facts.pm_netlink && *facts.release && *facts.version);
    LAB_OK(ms_pm_events_open(&lab.net, &events, err));
    ck_assert(ms_pm_events_fd(events) >= 0);
    UNIT_NUM_EQ(ms_pm_events_next(events, line, sizeof line, NULL), 0);

    UNIT_NUM_EQ(counter(&lab, "MPTcpExt.MPCapableSYNRX"), 0);
    open_pair(&lab, false);
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_SEND, .name = "a", .num = 100});
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_RECV, .name = "c1", .num = 100});
    UNIT_NUM_EQ(counter(&lab, "MPTcpExt.MPCapableSYNRX"), 1);
    UNIT_NUM_EQ(counter(&lab, "Tcp.PassiveOpens"), 1);
    UNIT_NUM_EQ(counter(&lab, "TcpExt.TCPTimeouts"), 0);
    struct ms_done d = run(&lab, (struct ms_verb){.kind = MS_VERB_MPTCP_INFO, .name = "a"});
    ck_assert_int_eq(d.err, 0);
    ck_assert(item(&d, "token", &v) && v != 0);
    ck_assert(item(&d, "csum_enabled", &v) && v == 0);
    if (facts.full_info) {
        d = run(&lab, (struct ms_verb){.kind = MS_VERB_MPTCP_FULL_INFO, .name = "a"});
        ck_assert_int_eq(d.err, 0);
        ck_assert(item(&d, "num_subflows", &v) && v == 1);
        ck_assert(item(&d, "subflow.0.remote_port", &v) && v == 4433);
    }
    bool created = false;
    while (!created && ms_pm_events_next(events, line, sizeof line, NULL) == 1)
        created = strncmp(line, "CREATED token=0x", 16) == 0;
    ck_assert_msg(created, "last event: %s", line);
    /* After fallback (here: plain TCP at the far end) there is no MPTCP information. */
    run_ok(&lab, (struct ms_verb){
                     .kind = MS_VERB_LISTEN, .name = "tcp", .port = 5000, .plain_tcp = true});
    run_ok(&lab,
           (struct ms_verb){
               .kind = MS_VERB_CONNECT, .name = "f", .port = 5000, .addr = lab_addr("127.0.0.1")});
    d = run(&lab, (struct ms_verb){.kind = MS_VERB_MPTCP_INFO, .name = "f"});
    ck_assert_int_eq(d.err, EOPNOTSUPP);
    ms_pm_events_close(events);
    lab_end(&lab);
}
END_TEST

/* The verb starts, the SYN that it makes is seen by the same thread on the tester's link. */
START_TEST(test_connect_syn)
{
    struct lab lab;
    struct ms_link_frame f;
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh n;
    uint8_t mac[6];
    if (!lab_start(&lab, MS_SERVICE_NONE, 0))
        return;
    struct ms_link *l = lab_link(&lab.net, 0);
    LAB_OK(ms_link_prove(l, &lab.topo.addr[0].v4, &lab.topo.addr[1].v4, 3000, mac, err));
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_SOCKOPT, .text = "nodelay", .num = 1});
    uint32_t id = start(&lab, (struct ms_verb){.kind = MS_VERB_CONNECT,
                                               .addr = lab.topo.addr[0].v4,
                                               .local = lab.topo.addr[1].v4,
                                               .local_port = 40001});
    int rc = 0;
    for (int i = 0; i < 1000 && (rc = ms_link_next(l, &f, NULL)) == 0; i++)
        usleep(1000);
    UNIT_NUM_EQ(rc, 1);
    ck_assert(ms_frame_decode(f.octets, f.len, &seg, opts, &n) == MS_FRAME_TCP);
    ck_assert(seg.sport == 40001 && seg.dport == 4433);
    const struct ms_opt *o = ms_seg_mp(&seg, MPTCP_SUB_CAPABLE);
    ck_assert(o != NULL && o->len == 4);
    ck_assert(!wait_for(&lab, id, 20));
    uint32_t close_id = start(&lab, (struct ms_verb){.kind = MS_VERB_CLOSE});
    ck_assert(wait_for(&lab, id, 1000));
    ck_assert_int_eq(lab.last.err, ECANCELED);
    ck_assert(wait_for(&lab, close_id, 1000));
    ms_link_close(l);
    lab_end(&lab);
}
END_TEST

/* A connection that cannot be made ends all that waits on it. */
START_TEST(test_connect_fails)
{
    static struct lab lab;
    static const struct ms_verb more[] = {{.kind = MS_VERB_RECV, .name = "a", .num = 4},
                                          {.kind = MS_VERB_SEND, .name = "a", .num = 4},
                                          {.kind = MS_VERB_EXPECT_EOF, .name = "a"}};
    uint32_t id[MS_ARRAY_LEN(more)];
    bool ended[MS_ARRAY_LEN(more)] = {0};
    struct ms_done d;
    struct ms_error why = {0};
    if (!lab_start(&lab, MS_SERVICE_NONE, 0))
        return;
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_SYSCTL, /* nobody answers, soon */
                                  .text = "net.ipv4.neigh.iut1.retrans_time_ms",
                                  .text2 = "20"});
    start(&lab,
          (struct ms_verb){.kind = MS_VERB_CONNECT, .name = "a", .addr = lab_addr("10.0.1.77")});
    for (size_t i = 0; i < MS_ARRAY_LEN(more); i++)
        id[i] = start(&lab, more[i]);
    for (unsigned n = 0; n <= MS_ARRAY_LEN(more);) {
        int rc = lab.t->ops->next(lab.t, &d, &why);
        ck_assert_msg(rc >= 0, "%s", why.msg);
        struct pollfd p = {.fd = lab.t->ops->fd(lab.t), .events = POLLIN};
        if (rc == 0) {
            ck_assert_msg(poll(&p, 1, 5000) == 1, "%u of the verbs have ended", n);
            continue;
        }
        n++;
        ck_assert_msg(d.err == EHOSTUNREACH, "%s: %s", ms_verb_name(d.kind), strerror(d.err));
        for (size_t i = 0; i < MS_ARRAY_LEN(more); i++)
            ended[i] = ended[i] || d.id == id[i];
    }
    for (size_t i = 0; i < MS_ARRAY_LEN(more); i++)
        ck_assert(ended[i]);
    lab_end(&lab);
}
END_TEST

/* A service without a descriptor left for the next connection waits for one, and does not spin. */
START_TEST(test_no_descriptors)
{
    static struct lab lab;
    struct rlimit was, few;
    int client[2];
    if (!lab_start(&lab, MS_SERVICE_DISCARD, 0))
        return;
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_LISTEN, .plain_tcp = true});
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_CONNECT,
                                  .name = "a",
                                  .addr = lab_addr("127.0.0.1"),
                                  .plain_tcp = true});
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(4433), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    LAB_OK(ms_net_enter_iut(&lab.net, err));
    for (size_t i = 0; i < MS_ARRAY_LEN(client); i++)
        client[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    LAB_OK(ms_net_enter_tester(&lab.net, err));
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_ACCEPT, .name = "b"});

    int last = dup(client[1]); /* the first number that is free */
    close(last);
    getrlimit(RLIMIT_NOFILE, &was);
    few = (struct rlimit){(rlim_t)last, was.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    for (size_t i = 0; i < MS_ARRAY_LEN(client); i++)
        ck_assert_int_eq(connect(client[i], (struct sockaddr *)&to, sizeof to), 0);
    ck_assert_int_eq(lab.t->ops->next(lab.t, &lab.last, NULL), 0);
    struct pollfd p = {.fd = lab.t->ops->fd(lab.t), .events = POLLIN};
    ck_assert_int_eq(poll(&p, 1, 0), 0);
    /* One that is closed makes room. */
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_CLOSE, .name = "a"});
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_ACCEPT, .name = "c"});
    setrlimit(RLIMIT_NOFILE, &was);
    for (size_t i = 0; i < MS_ARRAY_LEN(client); i++)
        close(client[i]);
    lab_end(&lab);
}
END_TEST

/* With the last listener what waits for a connection is over. */
START_TEST(test_accept_cancelled)
{
    static struct lab lab;
    if (!lab_start(&lab, MS_SERVICE_NONE, 0))
        return;
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_LISTEN, .name = "l", .port = 5001});
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_LISTEN, .name = "m", .port = 5002});
    uint32_t waits = start(&lab, (struct ms_verb){.kind = MS_VERB_ACCEPT});
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_CLOSE_LISTENER, .name = "l"});
    ck_assert_int_eq(lab.t->ops->next(lab.t, &lab.last, NULL), 0);
    start(&lab, (struct ms_verb){.kind = MS_VERB_CLOSE_LISTENER, .name = "m"});
    ck_assert(wait_for(&lab, waits, 1000));
    ck_assert_int_eq(lab.last.err, ECANCELED);
    lab_end(&lab);
}
END_TEST

/* An empty value is written, too; a name leads nowhere else. */
START_TEST(test_sysctl_values)
{
    static struct lab lab;
    static const char name[] = "net.ipv4.ip_local_reserved_ports";
    struct ms_verb get = {.kind = MS_VERB_SYSCTL_GET, .text = name};
    char few[4];
    if (!lab_start(&lab, MS_SERVICE_NONE, 0))
        return;
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_SYSCTL, .text = name, .text2 = "5000"});
    struct ms_done d = run(&lab, get);
    ck_assert(d.err == 0 && d.len == 4 && memcmp(d.data, "5000", 4) == 0);
    run_ok(&lab, (struct ms_verb){.kind = MS_VERB_SYSCTL, .text = name, .text2 = ""});
    d = run(&lab, get);
    ck_assert(d.err == 0 && d.len == 0);
    ck_assert_int_eq(ms_sysctl_get("net.ipv4.tcp_rmem", few, sizeof few, NULL), MS_ERR_SPACE);
    ck_assert_int_eq(ms_sysctl_set("net.//.kernel.no_such", "1", NULL), MS_ERR_PARSE);
    ck_assert_int_eq(ms_sysctl_set("net./.no_such", "1", NULL), MS_ERR_PARSE);
    lab_end(&lab);
}
END_TEST

UNIT_MAIN("target", test_names, test_no_service, test_echo, test_source, test_stop_reading,
          test_linger, test_path_manager, test_pm_user, test_observations, test_connect_syn,
          test_connect_fails, test_no_descriptors, test_accept_cancelled, test_sysctl_values)
