/* SPDX-License-Identifier: MIT */
/* How each kind of site is opened; see ms_site_open. */
#ifndef MPTCPSPEC_SITE_KINDS_H
#define MPTCPSPEC_SITE_KINDS_H

#include "mptcpspec/site.h"

int site_agent_open(const struct ms_site_spec *spec, const volatile int *interrupted,
                    struct ms_site **out, struct ms_error *err);

int host_site_open(const struct ms_site_spec *spec, const volatile int *interrupted,
                   struct ms_site **out, struct ms_error *err);

#endif
