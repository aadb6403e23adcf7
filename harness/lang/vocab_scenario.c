/* SPDX-License-Identifier: MIT */
/* The words of scenarios: what hosts do and show, transfers, the wire. */
#include "lang/internal.h"

const struct ms_word ms_host_verbs[] = {
    {"sysctl", "*", "sets a sysctl of the host: `sysctl net.mptcp.checksum_enabled = 1`"},
    {"endpoint", "* id port addr",
     "path manager: `endpoint add c2 subflow backup id = 5`, `endpoint del id = 5`, `endpoint "
     "flags c2 backup`, `endpoint flush`"},
    {"limits", "subflows add_addr_accepted", "limits of the path manager"},
    {"addr", "* path prefix",
     "adds or removes an address: `addr add 10.1.0.9 path = 1 prefix = 24`, `addr del c2`"},
    {"link", "* path", "sets an interface: `link down path = 2`"},
    {"counters", "", "records the counters"},
    {"pm", "* id from to port",
     "path manager in user space: `pm announce c2 id = 5`, `pm remove id = 5`, `pm create from = "
     "c2 to = s1 id = 5`, `pm destroy from = c2 to = s1`"},
    {"run", "*", "runs a program to its end, which must be a good one: `run \"ip addr\" as NAME`"},
    {"start", "*", "starts a program that runs beside: `start NAME \"ncat -l 4433\"`"},
    {"stop", "*", "ends a program that was started (SIGTERM) and waits for its end"},
    {"allow", "*", "counters that may move: `allow counter MPTcpExt.OFOQueue`"},
    {NULL, NULL, NULL},
};

const struct ms_word ms_host_expects[] = {
    {"mptcp", "", "what it sent last of data, or received, carries MPTCP"},
    {"fallback", "", "what it sent last of data, or received, carries no MPTCP any more"},
    {"listening", "*", "a socket listens on that port: `listening 4433`"},
    {"exit", "*", "a program's exit status: `exit NAME = 0`"},
    {"output", "*", "what a program printed: `output NAME has \"TEXT\"`, `has no \"TEXT\"`"},
    {"counter", "*", "a counter since the scenario began: `counter MPTcpExt.MPJoinSynRx = 1`"},
    {"event", "*", "an event of the path manager: `event SF_ESTABLISHED`"},
    {"ss", "*",
     "what `ss -M` shows of the newest connection: `ss subflows = 1`; `token` alone is compared "
     "with the wire"},
    {NULL, NULL, NULL},
};

const struct ms_word ms_transfer_args[] = {
    {"to", "", "address of the server, s1 by default"},
    {"from", "", "address that the client binds, none by default"},
    {"port", "", "port of the server, 4433 by default"},
    {"plain_client", "", "the client speaks TCP without MPTCP"},
    {"plain_server", "", "the server speaks TCP without MPTCP"},
    {NULL, NULL, NULL},
};

const struct ms_word ms_transfer_expects[] = {
    {"done", "", "the programs ended well and the octets arrived unchanged"},
    {"failed", "", "a program ended with an error"},
    {"changed", "", "the programs ended, and other octets arrived than were sent"},
    {NULL, NULL, NULL},
};

const struct ms_word ms_wire_expects[] = {
    {"passed", "octets", "so many new octets of payload were handed to the receiving host"},
    {"stalls", "", "successive repetitions of one segment without progress on any subflow"},
    {NULL, NULL, NULL},
};
