/* SPDX-License-Identifier: MIT */
/*
 * Positions that a run can be told to take otherwise. docs/positions.md says more of each, and of those that
 * stand fixed.
 */
#include <string.h>

#include "mptcpspec/catalogue.h"

const struct ms_position ms_positions[] = {
    {
        .id = "early-join",
        .section = "3.1",
        .question = "Whom does \"new subflows MUST NOT be established\" before the first DSS bind?",
        .reading = {{"both", "the host that opens a subflow and the host that lets it in"},
                    {"opener", "the host that opens a subflow alone"}},
        .requirements = "R-3.1-42 R-3.1-43",
    },
    {
        .id = "fourth-packet",
        .section = "3.2",
        .question = "Which ACK of the third packet of a join makes the subflow ESTABLISHED?",
        .reading = {{"any-ack", "any ACK; it need not carry an MPTCP option"},
                    {"option", "one that carries an MPTCP option; another may be answered by RST"}},
        .requirements = "R-3.2-20 R-3.2-22",
    },
    {
        .id = "join-port",
        .section = "3.2",
        .question = "Must a valid join be let in where no socket of MPTCP listens?",
        .reading = {{"token", "yes: the token alone counts, the port plays no part"},
                    {"listener", "no: local policy may refuse what no MPTCP socket listens for"}},
        .requirements = "R-3.2-41 R-3.2-42 R-3.2-43",
    },
    {
        .id = "remove-live",
        .section = "3.4.2",
        .question = "What does REMOVE_ADDR do to a subflow of the receiver that still works?",
        .reading = {{"keepalive", "a keepalive is sent first; once answered, the subflow stays"},
                    {"close", "the subflow is closed at once"}},
        .requirements = "R-3.4.2-07 R-3.4.2-08 R-3.4.2-09",
    },
    {
        .id = "failed-data",
        .section = "3.7",
        .question = "Whom do the rules on data that failed its checksum bind on a single subflow?",
        .reading = {{"detector", "the receiver of the data: it does not Data-ACK what failed"},
                    {"announced", "the host that is told by MP_FAIL; the other may go on"}},
        .requirements = "R-3.7-17 R-3.7-18 R-3.7-27",
    },
    {0},
};

const struct ms_position *ms_position_find(const char *id)
{
    for (const struct ms_position *p = ms_positions; p->id; p++)
        if (strcmp(p->id, id) == 0)
            return p;
    return NULL;
}

int ms_reading_find(const struct ms_position *p, const char *name)
{
    for (int i = 0; i < MS_READINGS; i++)
        if (strcmp(p->reading[i].name, name) == 0)
            return i;
    return -1;
}

unsigned ms_reading_of(uint32_t positions, const struct ms_position *p)
{
    return positions >> (p - ms_positions) & 1;
}

void ms_reading_set(uint32_t *positions, const struct ms_position *p, unsigned reading)
{
    const uint32_t bit = (uint32_t)1 << (p - ms_positions);
    *positions = reading ? *positions | bit : *positions & ~bit;
}
