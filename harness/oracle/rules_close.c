/* SPDX-License-Identifier: MIT */
/* DATA_FIN, MP_FASTCLOSE, MP_TCPRST: RFC 8684 3.3.3, 3.5, 3.6. */
#include "oracle/rules.h"

typedef unsigned long long ull;

static void check_fin_mapping(struct ms_judge *j)
{
    const struct ms_mp *mp = judge_form(j, MS_FORM_DSS);
    if (mp && (mp->dss_flags & MS_DSS_F) && !(mp->dss_flags & MS_DSS_M))
        rule_broken(j, "DATA_FIN in a DSS without mapping");
}

static void check_fin_alone(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (st->has_map && st->map.fin && !judge_octets(j) && (st->map.ssn != 0 || st->map.dll != 1))
        rule_broken(j, "DATA_FIN without data has SSN %u and length %u; they are 0 and 1",
                    (unsigned)st->map.ssn, st->map.dll);
}

static void check_fin_fixed(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (st->fin_moved)
        rule_broken(j, "DATA_FIN at DSN %016llx; it was at %016llx",
                    (ull)(st->map.dsn + st->map.len), (ull)st->fin_before);
}

static void check_fin_last(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (st->beyond_fin && !st->fin_moved)
        rule_broken(j, "data up to DSN %016llx; the DATA_FIN is at %016llx",
                    (ull)st->side->octets_hi, (ull)st->side->fin_dsn);
}

static void check_fastclose_key(struct ms_judge *j)
{
    const struct ms_mp *mp = judge_form(j, MS_FORM_FASTCLOSE);
    if (!mp || !j->st->conn || !j->st->peer->key_known)
        return;
    const struct ms_side *peer = j->st->peer;
    for (unsigned i = 0; i < peer->n_key_seen; i++)
        if (peer->key_seen[i] == mp->receiver_key)
            return;
    rule_broken(j, "key %016llx; the receiver's is %016llx", (ull)mp->receiver_key, (ull)peer->key);
}

static void check_tcprst_reason(struct ms_judge *j)
{
    const struct ms_mp *mp = judge_form(j, MS_FORM_TCPRST);
    if (mp && mp->reason > 6)
        rule_broken(j, "reason 0x%02x; 0x00 to 0x06 are assigned", mp->reason);
}

const struct ms_rule rule_fin_mapping = {
    .name = "fin-mapping",
    .reqs = "R-3.3.3-05",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_DSS,
    .despite_peer_fault = true,
    .conditions = "",
    .doc = "A DATA_FIN comes with a mapping.",
    .check = check_fin_mapping,
};
const struct ms_rule rule_fin_alone = {
    .name = "fin-alone",
    .reqs = "R-3.3.3-09, R-3.3.3-10",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_MAP,
    .conditions = "",
    .doc = "A DATA_FIN without data has SSN 0 and data-level length 1.",
    .check = check_fin_alone,
};
const struct ms_rule rule_fin_fixed = {
    .name = "fin-fixed",
    .reqs = "R-3.3.3-06, R-3.3.3-11",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_MAP,
    .conditions = "",
    .doc = "A repeated DATA_FIN keeps its DSN.",
    .check = check_fin_fixed,
};
const struct ms_rule rule_fin_last = {
    .name = "fin-last",
    .reqs = "R-3.3-09, R-3.3.3-06",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_MAP,
    .conditions = "",
    .doc = "The DATA_FIN takes the last DSN: no data has it or a later one.",
    .check = check_fin_last,
};
const struct ms_rule rule_fastclose_key = {
    .name = "fastclose-key",
    .reqs = "R-3.5-05",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_FASTCLOSE | MS_ON_CONN,
    .conditions = "the key was seen",
    .doc = "MP_FASTCLOSE has the key of the host that receives it.",
    .check = check_fastclose_key,
};
const struct ms_rule rule_tcprst_reason = {
    .name = "tcprst-reason",
    .reqs = "R-7.4-02",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_TCPRST,
    .despite_peer_fault = true,
    .conditions = "",
    .doc = "The reason in MP_TCPRST is one of 0x00 to 0x06.",
    .check = check_tcprst_reason,
};
