/* SPDX-License-Identifier: MIT */
/* docs/oracle.md, printed from the table of rules and the catalogue. */
#include <string.h>

#include "cli/cli.h"

static const char preamble[] =
    "# The rules of the oracle\n"
    "\n"
    "<!-- Printed by `mptcpspec list rules --markdown`; `make test` compares. -->\n"
    "\n"
    "The oracle reads segments in order and judges each that the sender under judgement sent: in a "
    "case those of\n"
    "the implementation under test, in a capture file those of both hosts. Each rule rests on "
    "requirements of\n"
    "`cases/requirements.tsv`; the strongest of them gives its level. MUST, MUST NOT and FORMAT "
    "broken is a fail,\n"
    "SHOULD broken a warning.\n"
    "\n"
    "A rule stays silent where an observer cannot know: on subflows whose start was not seen, "
    "behind what a capture\n"
    "lost, on a connection on which the peer misbehaved on purpose (unless it speaks of the "
    "sender's own writing\n"
    "alone), and where another version than 1 was negotiated. The order of segments on different "
    "subflows is never\n"
    "relied upon unless numbers in them prove it.\n";

static const char *where(unsigned observation, char out[64])
{
    static const struct {
        unsigned bit;
        const char *name;
    } places[] = {{MS_OBS_SENDER, "the sender"},
                  {MS_OBS_MIDDLE, "the path"},
                  {MS_OBS_RECEIVER, "the receiver"}};
    if (observation == (MS_OBS_SENDER | MS_OBS_MIDDLE | MS_OBS_RECEIVER))
        return "anywhere";
    out[0] = 0;
    for (size_t i = 0; i < MS_ARRAY_LEN(places); i++)
        if (observation & places[i].bit) {
            size_t at = strlen(out);
            snprintf(out + at, 64 - at, "%s%s", at ? ", " : "", places[i].name);
        }
    return out;
}

static void print_requirements(const struct ms_catalogue *cat, const char *reqs, FILE *out)
{
    for (const char *id = reqs; *id; id += strspn(id, ", ")) {
        char name[32];
        size_t n = strcspn(id, ", ");
        snprintf(name, sizeof name, "%.*s", (int)n, id);
        id += n;
        const struct ms_requirement *r = ms_catalogue_find(cat, name);
        if (r)
            fprintf(out, "- %s (%s, %s): %s\n", name, r->section, ms_level_name(r->level), r->text);
        else
            fprintf(out, "- %s\n", name);
    }
}

static void print_rule(const struct ms_catalogue *cat, const struct ms_rule *r, FILE *out)
{
    char places[64];
    fprintf(out, "\n### %s\n\n%s\n\n", r->name, r->doc);
    fprintf(out, "Level %s. Judged from %s%s", ms_level_name(r->level),
            where(r->observation, places), r->despite_peer_fault ? ", whatever the peer did" : "");
    fprintf(out, "%s.", r->any_version ? ", in any version" : "");
    if (*r->conditions)
        fprintf(out, " Conditions: %s.", r->conditions);
    fputs("\n\n", out);
    print_requirements(cat, r->reqs, out);
}

void cli_rules_markdown(const struct ms_catalogue *cat, FILE *out)
{
    size_t n = 0;
    while (ms_rules[n])
        n++;
    fprintf(out, "%s\n%zu rules.\n", preamble, n);
    for (size_t i = 0; ms_rules[i]; i++) {
        for (const struct ms_rule_topic *t = ms_rule_topics; t->title; t++)
            if (t->first == ms_rules[i])
                fprintf(out, "\n## %s\n", t->title);
        print_rule(cat, ms_rules[i], out);
    }
}
