/* SPDX-License-Identifier: MIT */
/*
 * What lies between the tester's endpoints and the IUT: the case's middleboxes, then the IUT's own row (rewrites of the
 * run, of an `altered` line, of a mutant), which makes another implementation of it.
 *
 *     tester -- middleboxes --|-- own row -- wire -- IUT
 *
 * The oracle and the log of the IUT's side stand at the bar: what comes out of the middleboxes is what the IUT gets, and
 * what comes out of its own row is what it sends. A row may keep frames, make others, or answer in the other direction.
 * What it emits is queued and goes on when the row has returned, since answers to it may enter the same row again.
 */
#include "engine/engine_int.h"

#include <string.h>

/* Where a frame goes that a row emitted. */
enum hop {
    TO_IUT_SIDE,   /* from the middleboxes, to the IUT */
    TO_WIRE,       /* from the own row, to the IUT */
    FROM_IUT_SIDE, /* from the own row, sent by the IUT */
    TO_TESTER,     /* from the middleboxes, to the tester */
};

/* A frame under way. */
struct passing {
    struct passing *next;
    enum hop hop;
    unsigned path;
    struct origin origin;
    const uint8_t *octets; /* NULL: the segment of the origin's event says it all */
    size_t len;
};

/* A frame that did not leave the middleboxes as it came, or not at once. */
struct kept {
    uint64_t print;
    enum ms_dir dir;
    struct origin origin;
};

/* What a row is working on: tells an emission that is the same frame from one that the row made. */
struct work {
    struct engine *e;
    bool own;
    unsigned path;
    enum ms_dir dir;
    const uint8_t *frame; /* NULL: none, what was kept is due */
    size_t len;
    const struct origin *origin;
    bool same, went; /* it went on as it was; something went on in its direction */
};

/* ---- which frame is it? ------------------------------------------------------------------------------------ */

static uint64_t fingerprint(const uint8_t *p, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h ^ n;
}

static void keep(const struct work *w)
{
    struct boxes *b = &w->e->boxes;
    b->kept = ms_arena_grow(w->e->a, b->kept, &b->cap_kept, b->n_kept, sizeof *b->kept);
    b->kept[b->n_kept++] = (struct kept){fingerprint(w->frame, w->len), w->dir, *w->origin};
    b->fault_kept |= w->dir == MS_DIR_TX && w->origin->fault;
}

/* A frame that comes out later as it went in is still its sender's. */
static bool was_kept(const struct engine *e, enum ms_dir dir, const uint8_t *frame, size_t len,
                     struct origin *out)
{
    const struct boxes *b = &e->boxes;
    uint64_t print = b->n_kept ? fingerprint(frame, len) : 0;
    for (size_t i = b->n_kept; i-- > 0;)
        if (b->kept[i].print == print && b->kept[i].dir == dir) {
            *out = b->kept[i].origin;
            return true;
        }
    return false;
}

static struct origin origin_of(struct work *w, enum ms_dir dir, const uint8_t *frame, size_t len)
{
    struct origin o = {.handle = "", .time_ns = ms_now_ns(), .fate = FATE_MADE};
    bool onward = w->frame && dir == w->dir;
    bool equal = onward && len == w->len && memcmp(frame, w->frame, len) == 0;
    w->went |= onward;
    if (w->own) { /* whatever comes out there is the IUT's */
        o.fate = FATE_SAME;
    } else if (equal && !w->same) {
        w->same = true;
        o = *w->origin;
    } else if (equal) {
        o.handle = w->origin->handle;
        o.automatic = w->origin->automatic;
        o.fault = w->origin->fault;
    } else if (was_kept(w->e, dir, frame, len, &o)) {
        o.time_ns = ms_now_ns();
        o.event = NULL;
        o.fate = FATE_LATE;
    } else if (onward) {
        struct flow *f = dir == MS_DIR_TX ? flow_find(w->e, w->origin->handle) : NULL;
        if (f && f->conn) /* what an application gives back may differ from what was sent */
            f->conn->varied = true;
        o.handle = w->origin->handle;
        o.automatic = w->origin->automatic;
        o.fault = w->origin->fault;
        o.fate = FATE_CHANGED;
    } else {
        o.fault = w->e->boxes.fault_kept;
    }
    return o;
}

/* ---- the rows ---------------------------------------------------------------------------------------------- */

static struct passing *put(struct engine *e, struct passing_list *l, enum hop hop, unsigned path,
                           const struct origin *o)
{
    struct passing *p = ms_arena_alloc(e->a, sizeof *p);
    *p = (struct passing){.hop = hop, .path = path, .origin = *o};
    *(l->first ? &l->last->next : &l->first) = p;
    l->last = p;
    return p;
}

static struct passing *take(struct passing_list *l)
{
    struct passing *p = l->first;
    if (p)
        l->first = p->next;
    return p;
}

static void emitted(void *ctx, unsigned path, enum ms_dir dir, const uint8_t *frame, size_t len)
{
    static const enum hop next[2][2] = {{[MS_DIR_RX] = TO_TESTER, [MS_DIR_TX] = TO_IUT_SIDE},
                                        {[MS_DIR_RX] = FROM_IUT_SIDE, [MS_DIR_TX] = TO_WIRE}};
    struct work *w = ctx;
    struct engine *e = w->e;
    struct origin o = origin_of(w, dir, frame, len);
    enum hop hop = next[w->own][dir];
    if (path >= e->seat.net.n_paths)
        return;
    struct passing *p =
        put(e, hop == TO_TESTER ? &e->boxes.inbox : &e->boxes.under_way, hop, path, &o);
    p->octets = ms_arena_memdup(e->a, frame, len);
    p->len = len;
}

/* One frame into a row; what becomes of it stands in `w`. */
static void pass(struct engine *e, bool own, unsigned path, enum ms_dir dir, const uint8_t *frame,
                 size_t len, const struct origin *o, struct work *w)
{
    *w = (struct work){
        .e = e, .own = own, .path = path, .dir = dir, .frame = frame, .len = len, .origin = o};
    int rc = ms_chain_frame(own ? e->boxes.own : e->boxes.row, path, dir, ms_now_ns(), frame, len,
                            emitted, w);
    if (rc != MS_OK)
        broken(e, "a middlebox cannot pass a frame (status %d)", rc);
    if (!w->same && !own)
        keep(w);
}

static bool run_due(struct engine *e, bool own)
{
    struct work w = {.e = e, .own = own};
    struct ms_chain *row = own ? e->boxes.own : e->boxes.row;
    uint64_t now = ms_now_ns();
    if (!row || ms_chain_due(row) > now)
        return false;
    int rc = ms_chain_run(row, now, emitted, &w);
    if (rc != MS_OK)
        broken(e, "a middlebox cannot pass what it kept (status %d)", rc);
    return true;
}

/* ---- the IUT's side ---------------------------------------------------------------------------------------- */

static struct ms_event *event_of(struct engine *e, enum ms_event_kind kind, const struct origin *o,
                                 uint32_t packet, const struct ms_seg *seg)
{
    static const char *const text[] = {
        [FATE_CHANGED] = "changed by the middlebox",
        [FATE_LATE] = "passed on later by the middlebox",
        [FATE_MADE] = "made by the middlebox",
    };
    struct ms_event *ev = ms_trace_add(e->trace, kind, o->time_ns);
    ev->line = e->step ? e->step->loc.line : 0;
    ev->handle = o->handle;
    ev->packet = packet;
    ev->automatic = o->automatic;
    ev->seg = ms_seg_copy(e->a, seg);
    ev->text = o->fate == FATE_SAME ? NULL : text[o->fate];
    return ev;
}

static void write_wire(struct engine *e, unsigned path, const uint8_t *frame, size_t len)
{
    if (ms_link_send(e->link[path], frame, len, &e->err) != MS_OK)
        broken(e, "cannot send on path %u: %s", path + 1, e->err.msg);
}

/* Through the IUT's own row, if it has one. */
static void to_wire(struct engine *e, unsigned path, const uint8_t *frame, size_t len)
{
    const struct origin nobody = {.handle = ""};
    struct work w;
    if (e->boxes.own)
        pass(e, true, path, MS_DIR_TX, frame, len, &nobody, &w);
    else
        write_wire(e, path, frame, len);
}

/* `wire` is what the IUT gets, `written` what log and oracle are told: they differ under a mutant only. */
static void to_iut(struct engine *e, unsigned path, const struct octets *written,
                   const struct octets *wire, const struct origin *o)
{
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    to_wire(e, path, wire->p, wire->len);
    if (e->broken)
        return;
    uint32_t packet =
        ms_framelog_add(e->trace->frames, path, MS_DIR_TX, o->time_ns, written->p, written->len);
    if (ms_frame_decode(written->p, written->len, &seg, opts, &neigh) != MS_FRAME_TCP)
        return;
    struct ms_event *ev = event_of(e, MS_EV_SEND, o, packet, &seg);
    if (!e->syn_sent_ns && seg.flags == MS_TH_SYN)
        e->syn_sent_ns = o->time_ns;
    struct ms_oracle_input in = {.seg = ev->seg,
                                 .dir = MS_DIR_TX,
                                 .iface = path,
                                 .packet = packet,
                                 .time_ns = o->time_ns,
                                 .fault = o->fault};
    ms_oracle_segment(e->oracle, &in);
}

/* A frame that the IUT sent: into the log, the trace, before the oracle; then to the tester. */
static void from_iut(struct engine *e, unsigned path, const uint8_t *frame, size_t len,
                     uint64_t time_ns)
{
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    struct origin o = {.handle = "", .time_ns = time_ns, .fate = FATE_SAME};
    uint32_t packet = ms_framelog_add(e->trace->frames, path, MS_DIR_RX, time_ns, frame, len);
    enum ms_frame_kind kind = ms_frame_decode(frame, len, &seg, opts, &neigh);
    if (kind == MS_FRAME_TCP) {
        /* Of another station on the wire: in the capture, but nothing that the IUT answers for. */
        if (!e->seat.by_address &&
            memcmp(seg.eth_src, e->seat.net.path[path].iut_mac, sizeof seg.eth_src) != 0)
            return;
        o.event = event_of(e, MS_EV_RECV, &o, packet, &seg);
        if (e->syn_sent_ns && !e->result->syn_ns &&
            (seg.flags & (MS_TH_SYN | MS_TH_ACK)) == (MS_TH_SYN | MS_TH_ACK))
            e->result->syn_ns = time_ns > e->syn_sent_ns ? time_ns - e->syn_sent_ns : 1;
        struct ms_oracle_input in = {.seg = o.event->seg,
                                     .dir = MS_DIR_RX,
                                     .iface = path,
                                     .packet = packet,
                                     .time_ns = time_ns};
        ms_oracle_segment(e->oracle, &in);
    }
    if (!e->boxes.row) {
        if (o.event)
            put(e, &e->boxes.inbox, TO_TESTER, path, &o);
        return;
    }
    struct work w;
    pass(e, false, path, MS_DIR_RX, frame, len, &o, &w);
    if (o.event && !w.went)
        o.event->text = "not passed on by the middlebox";
}

/* Rows emit while they work; what they emitted goes on from here. */
static void pump(struct engine *e)
{
    struct passing *p;
    while (!e->broken && (p = take(&e->boxes.under_way)) != NULL) {
        const struct octets o = {p->octets, p->len};
        if (p->hop == TO_IUT_SIDE)
            to_iut(e, p->path, &o, &o, &p->origin);
        else if (p->hop == TO_WIRE)
            write_wire(e, p->path, p->octets, p->len);
        else
            from_iut(e, p->path, p->octets, p->len, p->origin.time_ns);
    }
}

/* ---- the tester's side ------------------------------------------------------------------------------------- */

void boxes_send(struct engine *e, unsigned path, const struct outgoing *out, const struct origin *o)
{
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    struct work w;
    if (!e->boxes.row) {
        to_iut(e, path, &out->written, &out->wire, o);
    } else {
        const uint8_t *frame = out->wire.p;
        size_t len = out->wire.len;
        uint32_t packet = ms_framelog_add(e->trace->frames, MS_IFACE_TESTER + path, MS_DIR_TX,
                                          o->time_ns, frame, len);
        pass(e, false, path, MS_DIR_TX, frame, len, o, &w);
        if (!w.same && ms_frame_decode(frame, len, &seg, opts, &neigh) == MS_FRAME_TCP) {
            struct ms_event *ev = event_of(e, MS_EV_SEND, o, packet, &seg);
            ev->at = MS_AT_TESTER;
            ev->text = w.went ? NULL : "not passed on by the middlebox";
        }
    }
    pump(e);
}

void boxes_captured(struct engine *e, unsigned path, const struct ms_link_frame *fr)
{
    const struct origin iut = {.handle = "", .time_ns = fr->time_ns};
    struct work w;
    if (e->boxes.own)
        pass(e, true, path, MS_DIR_RX, fr->octets, fr->len, &iut, &w);
    else
        from_iut(e, path, fr->octets, fr->len, fr->time_ns);
    pump(e);
}

/* The tester is behind a translator: who asks for the address before the translation is answered there. */
static void answer_neighbour(struct engine *e, unsigned path, const struct ms_neigh *asked)
{
    static const uint8_t nobody[16];
    struct ms_neigh n = *asked;
    uint8_t frame[128];
    struct octets o = {frame, 0};
    const struct origin origin = {.handle = "", .time_ns = ms_now_ns()};
    bool own = false;
    for (unsigned i = 0; i < e->seat.topo->n_addrs && !own; i++) {
        const struct ms_topo_addr *a = &e->seat.topo->addr[i];
        own = !a->on_iut && (ms_addr_eq(&a->v4, &n.target) || ms_addr_eq(&a->v6, &n.target));
    }
    if (!own || !n.request || memcmp(n.sender.octets, nobody, sizeof nobody) == 0)
        return;
    n.request = false;
    if (ms_neigh_encode(&n, e->seat.net.path[path].tester_mac, n.eth_src, frame, sizeof frame,
                        &o.len) == MS_OK)
        boxes_send(e, path, &(struct outgoing){o, o}, &origin);
}

bool boxes_deliver(struct engine *e)
{
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh neigh = {0};
    bool due = run_due(e, false);
    due |= run_due(e, true);
    if (due)
        pump(e);
    struct passing *p = e->broken ? NULL : take(&e->boxes.inbox);
    if (!p)
        return due;
    struct ms_event *ev = p->origin.event;
    if (!p->octets) {
        rx_segment(e, p->path, ev);
        return true;
    }
    uint32_t packet = ms_framelog_add(e->trace->frames, MS_IFACE_TESTER + p->path, MS_DIR_RX,
                                      p->origin.time_ns, p->octets, p->len);
    enum ms_frame_kind kind = ms_frame_decode(p->octets, p->len, &seg, opts, &neigh);
    if (kind == MS_FRAME_ARP || kind == MS_FRAME_NS)
        answer_neighbour(e, p->path, &neigh);
    if (kind != MS_FRAME_TCP)
        return true;
    if (!ev) {
        ev = event_of(e, MS_EV_RECV, &p->origin, packet, &seg);
        ev->at = MS_AT_TESTER;
    }
    rx_segment(e, p->path, ev);
    return true;
}

uint64_t boxes_due(const struct engine *e)
{
    uint64_t own = e->boxes.own ? ms_chain_due(e->boxes.own) : UINT64_MAX;
    uint64_t row = e->boxes.row ? ms_chain_due(e->boxes.row) : UINT64_MAX;
    return own < row ? own : row;
}
