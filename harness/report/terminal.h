/* SPDX-License-Identifier: MIT */
/* Colours and words of the terminal view. */
#ifndef MPTCPSPEC_REPORT_TERMINAL_H
#define MPTCPSPEC_REPORT_TERMINAL_H

#include "mptcpspec/report.h"

enum term_color { COL_RED, COL_GREEN, COL_YELLOW, COL_BLUE, COL_DIM, COL_BOLD };

const char *term_on(const struct ms_terminal *t, enum term_color c);
const char *term_off(const struct ms_terminal *t);
enum term_color term_verdict_color(enum ms_verdict v, enum ms_standing s);
const char *term_word(enum ms_verdict v, enum ms_standing s);

#endif
