/* SPDX-License-Identifier: MIT */
/* How each transfer tool is called. */
#ifndef MPTCPSPEC_TOOLS_H
#define MPTCPSPEC_TOOLS_H

#include "programs/programs_int.h"

/*
 * Command lines, one for each direction. {to} {from} {port} {octets} {file} stand for what the transfer says, {host} for
 * `to` as a URL has it, {v} for the option that chooses the family, -4 or -6; what is in [ ] is left out when `from` is
 * not bound. NULL: our own program.
 */
struct tool_lines {
    const char *server, *client;
};
struct tool_recipe {
    struct tool_lines lines[3]; /* by enum ms_flow_dir */
    bool server_stays;          /* the server is stopped when the client has ended */
    bool own;                   /* our own program instead of command lines */
};

/* The recipe of a row of ms_tools. */
const struct tool_recipe *tool_recipe(const struct ms_tool *tool);
/*
 * The words of one side's command, in the arena; "mptcpize run" before it unless plain. `file`: name of what a server of
 * files serves.
 */
int tool_argv(struct ms_arena *a, const struct ms_transfer_spec *s, bool server, const char *file,
              const char *const **argv, struct ms_error *err);

/* native.c: our own program. */
struct native_args {
    bool server, plain;
    bool
        sends; /* has octets to send, and says when they are over; else it ends when the peer has ended */
    struct ms_addr to, from;
    uint16_t port;
};
program_main native_main;

#endif
