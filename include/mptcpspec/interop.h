/* SPDX-License-Identifier: MIT */
/*
 * interop: runs one scenario (a case with `iut both`) in the calling process. Two live stacks in namespaces of their
 * own talk through a middlebox, real programs do the talking; the harness watches both sides of the box and judges
 * both stacks. One thread, one event loop.
 */
#ifndef MPTCPSPEC_INTEROP_H
#define MPTCPSPEC_INTEROP_H

#include "mptcpspec/engine.h"

/*
 * As ms_engine_run, for an instance whose role is MS_ROLE_BOTH. Frames are logged as they were seen on both sides of the
 * box (interface 2 * path + side; MS_DIR_RX: sent by that host), long ones cut; of the segments only those that signal
 * something become events. What programs printed is attached to the trace. cfg->rewrites and cfg->mutant are not used.
 */
int ms_interop_run(const struct ms_engine_config *cfg, struct ms_trace *trace,
                   struct ms_result *result, struct ms_error *err);

/*
 * The first program that the scenario needs, by its header and its steps, and that cannot be executed here; NULL: none.
 * The package is told by ms_program_missing. The name lives in the arena or in the case.
 */
const char *ms_interop_missing(struct ms_arena *a, const struct ms_instance *i,
                               const struct ms_topo *topo);

#endif
