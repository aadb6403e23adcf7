/* SPDX-License-Identifier: MIT */
/*
 * The host's own address: its kernel would answer the IUT's segments with RST, since it knows of no connection. A packet
 * filter drops them before it sees them; the capture has had them by then.
 */
#include "site/host.h"

#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct host_shield {
    struct nft_ctx
        *nft; /* its socket owns the table: the kernel removes that when the socket goes */
};

static int run(struct host_shield *s, const char *commands, struct ms_error *err)
{
    if (nft_run_cmd_from_buffer(s->nft, commands) == 0)
        return MS_OK;
    const char *why = nft_ctx_get_error_buffer(s->nft);
    int n = why ? (int)strcspn(why, "\n") : 0;
    return ms_fail(err, MS_ERR_SYS,
                   "keeping this host's kernel from answering (nftables): %.*s (it takes "
                   "CAP_NET_ADMIN and Linux 5.12 or newer; --source with an unused address does "
                   "without)",
                   n, why ? why : "");
}

int host_shield_raise(const struct ms_addr *peer, uint16_t peer_port, uint16_t first, uint16_t last,
                      struct host_shield **out, struct ms_error *err)
{
    char text[46], sport[32] = "", commands[600];
    struct host_shield *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s || !(s->nft = nft_ctx_new(NFT_CTX_DEFAULT))) {
        free(s);
        return ms_fail(err, MS_ERR_NOMEM, "memory for nftables");
    }
    nft_ctx_buffer_output(s->nft);
    nft_ctx_buffer_error(s->nft);
    if (peer_port)
        snprintf(sport, sizeof sport, "tcp sport %u ", peer_port);
    snprintf(commands, sizeof commands,
             "add table inet mptcpspec-%ld { flags owner; }\n"
             "add chain inet mptcpspec-%ld in { type filter hook prerouting priority raw; }\n"
             "add rule inet mptcpspec-%ld in %s saddr %s %stcp dport %u-%u drop\n",
             (long)getpid(), (long)getpid(), (long)getpid(), peer->family == MS_IPV4 ? "ip" : "ip6",
             ms_addr_text(peer, text), sport, first, last);
    int rc = run(s, commands, err);
    if (rc == MS_OK)
        *out = s;
    else
        host_shield_lower(s);
    return rc;
}

void host_shield_lower(struct host_shield *s)
{
    if (!s)
        return;
    nft_ctx_free(s->nft);
    free(s);
}
