/* SPDX-License-Identifier: MIT */
/* How each kind of site is opened; see ms_site_open. */
#ifndef MPTCPSPEC_SITE_KINDS_H
#define MPTCPSPEC_SITE_KINDS_H

#include "mptcpspec/site.h"

#endif
