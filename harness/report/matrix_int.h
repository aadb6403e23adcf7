/* SPDX-License-Identifier: MIT */
/* What the files of the matrix share. */
#ifndef MPTCPSPEC_REPORT_MATRIX_INT_H
#define MPTCPSPEC_REPORT_MATRIX_INT_H

#include "mptcpspec/matrix.h"

/* A list with `b` in it, once. */
const struct ms_bug **matrix_add_bug(struct ms_arena *a, const struct ms_bug **list, size_t *n,
                                     const struct ms_bug *b);
/* Known bugs behind what is broken in a cell. `bugs` NULL: none is known. */
void matrix_cell_bugs(struct ms_arena *a, const struct ms_bugs *bugs, const struct ms_instance *i,
                      struct ms_matrix_cell *c);
/* What changed between the columns, and what explains it. */
void matrix_steps(struct ms_arena *a, const struct ms_bugs *bugs, struct ms_matrix *m);

#endif
