/* SPDX-License-Identifier: MIT */
/* What transfers send, and what of it arrived. */
#include "programs/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const dir_text[] = {"up", "down"};

static int write_content(struct ms_transfer *t, enum ms_flow_dir dir, struct ms_error *err)
{
    uint8_t chunk[65536];
    int fd = openat(t->pool->folder, t->file[dir], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return ms_fail_errno(err, "%s", t->file[dir]);
    int rc = MS_OK;
    for (uint64_t at = 0; at < t->spec.octets && rc == MS_OK;) {
        uint64_t left = t->spec.octets - at;
        size_t n = left < sizeof chunk ? (size_t)left : sizeof chunk;
        ms_stream_fill(t->spec.seed + (unsigned)dir, at, chunk, n);
        ssize_t w = write(fd, chunk, n);
        if (w < 0 && errno != EINTR)
            rc = ms_fail_errno(err, "writing %s", t->file[dir]);
        at += w > 0 ? (uint64_t)w : 0;
    }
    close(fd);
    return rc;
}

int transfer_make_content(struct ms_transfer *t, struct ms_error *err)
{
    int rc = MS_OK;
    for (enum ms_flow_dir d = MS_FLOW_UP; d <= MS_FLOW_DOWN && rc == MS_OK; d++)
        if (t->spec.tool->content && transfer_moves(t, d))
            rc = write_content(t, d, err);
    return rc;
}

/* SHA-256 and length of a file of the folder; one that is not there counts as empty. */
static uint64_t hash_file(const struct ms_transfer *t, const char *file, char sha[65])
{
    struct stat st = {0};
    void *p = MAP_FAILED;
    int fd = openat(t->pool->folder, file, O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
        p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    size_t len = p != MAP_FAILED ? (size_t)st.st_size : 0;
    ms_sha256_hex(len != 0 ? p : "", len, sha);
    if (len != 0)
        munmap(p, len);
    if (fd >= 0)
        close(fd);
    return len;
}

uint64_t ms_transfer_arrived(const struct ms_transfer *t, enum ms_flow_dir dir)
{
    struct stat st;
    if (dir > MS_FLOW_DOWN || !t->spec.tool->content ||
        fstatat(t->pool->folder, t->got[dir], &st, 0) != 0)
        return 0;
    return (uint64_t)st.st_size;
}

static uint64_t json_octets(const json_t *end, const char *key)
{
    json_int_t v = json_integer_value(json_object_get(json_object_get(end, key), "bytes"));
    return v > 0 ? (uint64_t)v : 0;
}

/*
 * The JSON of iperf3's client. A receiver of iperf3 stops reading when the sender says on the control connection that it
 * is through, so that fewer octets arrive than were sent, at times none are counted: asked for is what was sent.
 */
static void measured(struct ms_transfer *t)
{
    struct ms_transfer_result *r = &t->result;
    bool both = t->spec.dir == MS_FLOW_BOTH;
    uint64_t sent[2] = {0, 0};
    size_t len;
    const char *text = ms_program_output(t->side[0], false, &len);
    json_t *j = json_loadb(text, len, 0, NULL);
    const json_t *end = json_object_get(j, "end");
    enum ms_flow_dir first = both ? MS_FLOW_UP : t->spec.dir;

    sent[first] = json_octets(end, "sum_sent");
    r->octets[first] = json_octets(end, "sum_received");
    if (both) {
        sent[MS_FLOW_DOWN] = json_octets(end, "sum_sent_bidir_reverse");
        r->octets[MS_FLOW_DOWN] = json_octets(end, "sum_received_bidir_reverse");
    }
    json_decref(j);
    r->unchanged = r->well && (sent[0] >= t->spec.octets || sent[1] >= t->spec.octets);
    if (r->well && !r->unchanged)
        r->why = ms_arena_printf(t->arena, "iperf3 says that %llu octets were sent up, %llu down",
                                 (unsigned long long)sent[0], (unsigned long long)sent[1]);
}

static void compare(struct ms_transfer *t, enum ms_flow_dir d)
{
    struct ms_transfer_result *r = &t->result;

    hash_file(t, t->file[d], r->sha_want[d]);
    r->octets[d] = hash_file(t, t->got[d], r->sha_got[d]);
    if (strcmp(r->sha_want[d], r->sha_got[d]) == 0)
        return;
    r->unchanged = false;
    if (r->well && *r->why == '\0')
        r->why =
            ms_arena_printf(t->arena, "%s: %llu octets were sent, %llu arrived%s", dir_text[d],
                            (unsigned long long)t->spec.octets, (unsigned long long)r->octets[d],
                            r->octets[d] == t->spec.octets ? ", and they are others" : "");
}

/* A word of why the programs did not end well: the client's fault first, with the first line of its complaint. */
static void explain(struct ms_transfer *t)
{
    struct ms_transfer_result *r = &t->result;
    bool server = r->status_client == 0;
    size_t len;

    if (r->status_client == 0 && r->status_server == 0)
        return;
    const char *text = ms_program_output(t->side[server], true, &len);
    int status = server ? r->status_server : r->status_client;
    int line = (int)strcspn(text, "\r\n");
    r->why =
        ms_arena_printf(t->arena, "%s ended with status %d%s%.*s", ms_program_name(t->side[server]),
                        status, line > 0 ? ": " : "", line > 200 ? 200 : line, text);
}

void transfer_judge(struct ms_transfer *t, const char *why)
{
    struct ms_transfer_result *r = &t->result;

    r->ended = true;
    if (why != NULL) {
        r->why = why;
        return;
    }
    r->well = r->status_client == 0 && r->status_server == 0;
    r->unchanged = r->well;
    explain(t);
    if (!t->spec.tool->content) {
        measured(t);
        return;
    }
    for (enum ms_flow_dir d = MS_FLOW_UP; d <= MS_FLOW_DOWN; d++)
        if (transfer_moves(t, d))
            compare(t, d);
}
