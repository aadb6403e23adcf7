/* SPDX-License-Identifier: MIT */
/*
 * catalogue: the numbered requirements of RFC 8684, read from cases/requirements.tsv. Cases and oracle rules
 * name their ids; the level decides what a broken requirement does to a verdict. And the positions: places of the
 * RFC that can be read in two ways, where a run can be told which.
 */
#ifndef MPTCPSPEC_CATALOGUE_H
#define MPTCPSPEC_CATALOGUE_H

#include "mptcpspec/base.h"

enum ms_level {
    MS_LEVEL_MUST,
    MS_LEVEL_MUST_NOT,
    MS_LEVEL_SHOULD,
    MS_LEVEL_SHOULD_NOT,
    MS_LEVEL_MAY,
    MS_LEVEL_FORMAT
};

struct ms_requirement {
    const char *id; /* "R-3.2-34" */
    const char *section;
    unsigned rfc_line; /* line of the text file of the RFC */
    enum ms_level level;
    bool weak; /* FORMAT resting on a lowercase word: broken is a warning */
    const char *actor, *text, *testable, *observable, *idea, *why_not;
};

struct ms_catalogue {
    size_t n;
    struct ms_requirement *req; /* sorted by id as in the file */
    const char **ids;           /* n pointers, for spelling suggestions */
};

/* Reads the table; everything lives in `a`. Errors name file, line and what is wrong. */
int ms_catalogue_load(struct ms_arena *a, const char *path, struct ms_catalogue *out,
                      struct ms_error *err);
const struct ms_requirement *ms_catalogue_find(const struct ms_catalogue *c, const char *id);
const char *ms_level_name(enum ms_level level); /* "MUST NOT" */

/* ---- positions ----------------------------------------------------------------------------------------- */

#define MS_READINGS 2

struct ms_position {
    const char *id; /* "join-port" */
    const char *section, *question;
    struct {
        const char *name, *text;
    } reading[MS_READINGS];   /* the first one holds unless a run says otherwise */
    const char *requirements; /* ids, separated by blanks */
};
extern const struct ms_position ms_positions[]; /* at most 32; ends with one without id */

const struct ms_position *ms_position_find(const char *id);
int ms_reading_find(const struct ms_position *p, const char *name); /* -1: no such reading */
/* The readings of a run: bit i stands for the position at i, set for its second reading. */
unsigned ms_reading_of(uint32_t positions, const struct ms_position *p);
void ms_reading_set(uint32_t *positions, const struct ms_position *p, unsigned reading);

#endif
