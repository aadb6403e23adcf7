/* SPDX-License-Identifier: MIT */
/* The language's own structs: tokens, the parser's state, the tables of words. */
#ifndef MPTCPSPEC_LANG_INTERNAL_H
#define MPTCPSPEC_LANG_INTERNAL_H

#include "mptcpspec/lang.h"

/* Bounds that keep hostile text harmless: recursion, and work that grows faster than the text. */
#define LANG_DEPTH_MAX     32u
#define LANG_TERMS_MAX     256u
#define LANG_MISTAKES_MAX  100u
#define LANG_STEPS_MAX     2000u
#define LANG_NAMES_MAX     256u
#define LANG_HANDLES_MAX   64u
#define LANG_VALUES_MAX    512u
#define LANG_ARGS_MAX      64u /* arguments of a verb, options of a segment */
#define LANG_INSTANCES_MAX 4096u
#define LANG_BOXES_MAX     32u
#define LANG_VARIANTS_MAX  8192u /* of strings with values of a foreach, all together */
#define LANG_LINE_SHOWN    240u

enum lang_token_kind {
    T_EOF,
    T_END, /* end of a statement: newline or ';' */
    T_WORD,
    T_NUM,
    T_DURATION, /* num: nanoseconds */
    T_OCTETS,
    T_STRING,
    T_ADDR,
    T_PUNCT, /* punct: the character; two-character signs have letters, see lex.c */
    T_BAD,   /* bad: why it is no token */
};

struct lang_token {
    enum lang_token_kind kind;
    size_t off;
    size_t len;
    struct ms_loc loc;
    char punct;
    uint64_t num;
    const char *text; /* WORD, STRING */
    const uint8_t *octets;
    size_t n_octets;
    struct ms_addr addr;
    const char *bad;
    const char *bad_hint;
};

struct lang_parser {
    struct ms_arena *a;
    const char *file;
    const char *text;
    size_t len;
    const struct ms_lang_env *env;
    struct ms_diags *diags;
    size_t diags_before;
    bool stop; /* too many mistakes: the rest of the file is not read */

    size_t pos; /* of the octet behind `tok` */
    unsigned line;
    size_t line_start;
    unsigned paren; /* open parentheses: newlines are blank inside */
    struct lang_token tok;
    size_t prev_end;   /* of the token before `tok` */
    bool prev_options; /* the token before was the word `options`: its brace holds no steps */

    unsigned depth; /* of blocks and expressions */
    unsigned terms; /* of the present expression */
    size_t steps;
    struct ms_case *c;
    uint32_t headers_seen;                /* bit i: row i of the table of headers */
    unsigned variants;                    /* of strings that were looked at */
    const char *box_name[LANG_BOXES_MAX]; /* of each box laid; NULL: none */
    struct ms_block front;                /* steps that headers make: they run first */
    size_t cap_front, cap_altered, cap_foreach, cap_needs, cap_tags, cap_positions;
};

struct lang_flag {
    const char *name;
    uint8_t bit;
};

/* vocab.c */
extern const struct ms_word lang_handle_steps[], lang_statements[], lang_headers[], lang_needs[],
    lang_new_args[], lang_seg_words[], lang_verb_words[], lang_errors[], lang_events[],
    lang_path_words[], lang_topo_words[];
extern const struct lang_flag lang_flags[];
const struct ms_word *lang_word_find(const struct ms_word *table, const char *name);
/* Is `name` one of the space-separated words? */
bool lang_in_list(const char *list, const char *name);
const struct lang_flag *lang_flag_find(const char *name);

/* diag.c: each returns false, so that `return lang_error(...)` reads well */
bool lang_error(struct lang_parser *p, const struct lang_token *at, const char *hint,
                const char *fmt, ...) __attribute__((format(printf, 4, 5)));
bool lang_error_at(struct lang_parser *p, struct ms_loc at, unsigned length, const char *hint,
                   const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* What stands at the present token is not what the grammar wants; a bad token explains itself. */
bool lang_expected(struct lang_parser *p, const char *what, const char *hint);
/* How the present token is called in a message: "'word'", "the end of the line". */
const char *lang_token_text(struct lang_parser *p);
/* Columns of the word or sign that stands at `at`. */
unsigned lang_measure(const struct lang_parser *p, struct ms_loc at);

/* suggest.c: candidate words for "did you mean" */
struct lang_words {
    struct ms_arena *a;
    size_t n, cap;
    const char **word;
};
void lang_words_add(struct lang_words *w, const char *word);
void lang_words_table(struct lang_words *w, const struct ms_word *table);
void lang_words_list(struct lang_words *w, const char *list);
/* The hint "did you mean 'x'?", or `otherwise`. */
const char *lang_suggest(const struct lang_words *w, const char *word, const char *otherwise);

/* lex.c */
void lang_start(struct lang_parser *p);
void lang_next(struct lang_parser *p);
/* Reads the present token again as a wide word: letters, digits, '_' and the octets of `more`. */
bool lang_wide(struct lang_parser *p, const char *more);
/* The octet that follows the present token after blanks, '\0' at the end. */
char lang_ahead(const struct lang_parser *p);
/* Octet right behind the present token. */
char lang_adjacent(const struct lang_parser *p);
bool lang_is(const struct lang_parser *p, const char *word);
bool lang_is_punct(const struct lang_parser *p, char punct);
bool lang_accept(struct lang_parser *p, const char *word);
bool lang_accept_punct(struct lang_parser *p, char punct);
bool lang_expect_punct(struct lang_parser *p, char punct, const char *what);
bool lang_expect_word(struct lang_parser *p, const char **out, const char *what);
/* Opens and closes parentheses and brackets, in which newlines do not count. */
void lang_open(struct lang_parser *p);
bool lang_close(struct lang_parser *p, char punct);
bool lang_at_end(const struct lang_parser *p); /* END, EOF or '}' */
void lang_skip_ends(struct lang_parser *p);

/* lex_literal.c: scanners of numbers, octets, strings and addresses; fill kind, len and the value */
void lex_number(struct lang_parser *p, struct lang_token *t);
void lex_string(struct lang_parser *p, struct lang_token *t);
void lex_octets(struct lang_parser *p, struct lang_token *t);
bool lex_bracket_addr(struct lang_parser *p, struct lang_token *t);
void lex_bad(struct lang_token *t, const char *bad, const char *hint);

/* utf8.c */
/* Octets of the well-formed UTF-8 sequence at s, 0 if there is none. */
size_t lang_utf8(const char *s, size_t n);

/* expr.c */
struct ms_expr *lang_expr(struct lang_parser *p);
bool lang_duration(struct lang_parser *p, uint64_t *out_ns);
bool lang_cmp(struct lang_parser *p, enum ms_cmp *out); /* false: no comparison stands here */

/* args.c */
struct lang_args {
    size_t n, cap;
    struct ms_arg *arg;
};
struct ms_arg *lang_args_add(struct lang_parser *p, struct lang_args *list);
/* `(name = expr, name, no name)`; names from `words`, the space-separated list of `what`. */
bool lang_named_args(struct lang_parser *p, const char *words, const char *what, struct ms_step *s);
bool lang_verb_args(struct lang_parser *p, const struct ms_word *verb, bool expect,
                    struct ms_step *s);

/* A step's word: what may stand there, and how a mistake is told. */
struct lang_choice {
    const struct ms_word *table;
    const char *wanted;  /* "a verb or `expect`": of a token that is no word */
    const char *unknown; /* "the IUT has no verb": of a word that is not in the table */
    const char *more[2]; /* words besides the table's that may have been meant; NULL: no more */
    const char *hint;    /* where no word is similar; NULL: none */
};
/* Takes the word and names the step by it; NULL after a mistake. */
const struct ms_word *lang_step_word(struct lang_parser *p, struct ms_step *s,
                                     const struct lang_choice *c);
/* The arguments of a verb, which has no tags. */
bool lang_verb_rest(struct lang_parser *p, const struct ms_word *w, struct ms_step *s);
bool lang_tags(struct lang_parser *p, struct ms_tags *tags);
/* One requirement id. */
bool lang_requirement(struct lang_parser *p, struct ms_tags *tags);

/* segment.c, option.c */
struct ms_segspec *lang_segment(struct lang_parser *p, bool send);
/* The same with what the wire of a scenario adds: path, side, order, which go into the step. */
struct ms_segspec *lang_wire_segment(struct lang_parser *p, struct ms_step *wire);
/* [tags] [within D] behind a step that has no segment, in any order. */
bool lang_judgement(struct lang_parser *p, struct ms_step *s);
bool lang_option(struct lang_parser *p, bool negated, bool send, struct ms_optspec *out);

/* variants.c */
/* False with a message, perhaps the column and a hint. */
typedef bool lang_text_check(const struct lang_parser *p, const struct ms_instance *in,
                             const char *text, struct ms_error *err, const char **hint);
/* Every {name} in the string is that of a foreach, or `family`. */
bool lang_names_known(struct lang_parser *p, const struct lang_token *s);
/* `right` for each combination of the values that the string names, each family where $names stand. */
bool lang_every_value(struct lang_parser *p, const struct lang_token *s, lang_text_check *right);

/* box.c */
bool lang_box(struct lang_parser *p, struct ms_step *s);
/* Whether the text is a rewrite whose direction words fit; MS_ERR_PARSE with the column. */
int lang_rewrite_check(const char *text, bool two_stacks, struct ms_error *err);
bool lang_path_number(struct lang_parser *p, unsigned *out);

/* step.c, step_iut.c, block.c */
bool lang_step(struct lang_parser *p, struct ms_step *s);
bool lang_iut_step(struct lang_parser *p, struct ms_step *s);
/* scenario.c, scenario_wire.c: steps of a scenario that have a subject */
bool lang_scenario_step(struct lang_parser *p, struct ms_step *s);
bool lang_wire_step(struct lang_parser *p, struct ms_step *s);
/* `no up SEGMENT` behind `from now wire:` and `wire: expect`. */
bool lang_wire_no(struct lang_parser *p, struct ms_step *s);
/* up, down, `both` where it may stand, or a foreach of these. */
bool lang_way(struct lang_parser *p, struct ms_step *s, bool both);
bool lang_block(struct lang_parser *p, struct ms_block *b);
/* Steps up to '}' or the end of the file. */
void lang_steps(struct lang_parser *p, struct ms_block *b, bool inner);
/* Skips to the end of the statement; blocks on the way are parsed for their own mistakes. */
void lang_recover(struct lang_parser *p);

/* header.c, header_lists.c */
bool lang_is_header(const struct lang_parser *p);
bool lang_header(struct lang_parser *p);
/* What headers of cases and mutants have in common. */
bool lang_plain_name(struct lang_parser *p, const char *what, const char *example,
                     const char **out);
bool lang_sentence(struct lang_parser *p, const char *what, const char *example, const char **out);
bool lang_role(struct lang_parser *p, enum ms_role *out);
bool lang_family(struct lang_parser *p, bool *ipv4, bool *ipv6);
bool lang_comma(struct lang_parser *p);
/* A rewrite as a string, appended to the list. */
bool lang_rewrite(struct lang_parser *p, const char *example, const char ***list, size_t *n,
                  size_t *cap);
bool lang_foreach(struct lang_parser *p);
bool lang_needs_header(struct lang_parser *p);
bool lang_altered(struct lang_parser *p);
bool lang_sysctl_header(struct lang_parser *p);
bool lang_position(struct lang_parser *p);
/* Column in the file of column `column` of the string's content. */
unsigned lang_inside_string(const struct lang_parser *p, const struct lang_token *s,
                            unsigned column);
/* Text of the file from `from` to the end of the token before, blanks folded. */
const char *lang_source(const struct lang_parser *p, size_t from);

/* Is it UTF-8 of one line, without control characters? */
bool lang_plain_text(const char *s, size_t n);
bool lang_text_is_good(struct lang_parser *p);

/* ---- checks ------------------------------------------------------------------------------------------- */

enum lang_type { L_UNKNOWN, L_NUM, L_OCTETS, L_ADDR, L_STRING };

struct lang_name {
    const char *name;
    struct ms_loc loc;
    bool hidden; /* belongs to another alternative of an `either` */
};
struct lang_scope {
    size_t n;
    struct lang_name name[LANG_NAMES_MAX];
};
/* Where a bare name stands: decides what it may mean besides a variable or an address. */
struct lang_ctx {
    const char *option; /* fields of this option count, "tcp": those of the header; NULL: none */
    const char *words;  /* further words, space-separated */
    bool any;           /* `any` may stand here */
};
struct lang_check {
    struct lang_parser *p;
    struct ms_case *c;
    const struct ms_topo *topo; /* NULL: not known, addresses are not checked */
    struct lang_scope vars;
    struct lang_scope segs;                      /* named segments */
    struct lang_scope programs[2];               /* of a scenario: of client and server */
    enum lang_type table_type[LANG_HANDLES_MAX]; /* of each foreach that is defined already */
    size_t cap_handles, cap_reqs;
    bool judges;
};

/* check.c */
/* NULL if there is none of that name, or none is known. */
const struct ms_topo *lang_topo_find(const struct ms_lang_env *env, const char *name);
bool lang_check_case(struct lang_parser *p);
void lang_check_tags(struct lang_check *k, const struct ms_tags *tags);
const struct ms_foreach *lang_foreach_find(const struct ms_case *c, const char *name);

/* check_names.c */
void lang_define(struct lang_check *k, struct lang_scope *scope, const char *name,
                 struct ms_loc loc);
bool lang_known(const struct lang_scope *scope, const char *name);
void lang_scope_words(struct lang_words *w, const struct lang_scope *scope);
bool lang_handle_known(const struct lang_check *k, const char *name);
void lang_handle_add(struct lang_check *k, const char *name, struct ms_loc loc);
void lang_handle_use(struct lang_check *k, const char *name, struct ms_loc loc);

/* check_expr.c */
void lang_check_expr(struct lang_check *k, const struct ms_expr *e, const struct lang_ctx *ctx);
enum lang_type lang_type_of(const struct lang_check *k, const struct ms_expr *e);
/* The type that all values of a table have. */
enum lang_type lang_table_type(const struct lang_check *k, const struct ms_foreach *f);
void lang_check_fits(struct lang_check *k, const struct ms_expr *e, const struct ms_field *f);
/* A count, a port, an id: octets and addresses cannot stand there. */
void lang_check_number(struct lang_check *k, const struct ms_expr *e, uint64_t most);

/* check_segment.c, check_length.c */
void lang_check_segment(struct lang_check *k, const struct ms_segspec *s, bool send);
/* Octets that these options take at least. */
unsigned lang_options_length(const struct ms_segspec *s, bool send);

/* check_step.c, check_verb.c */
void lang_check_block(struct lang_check *k, const struct ms_block *b);
void lang_check_verb(struct lang_check *k, const struct ms_step *s);

/* check_scenario.c */
/* What is said of the whole: headers that only one kind of case has, and the other way round. */
void lang_check_kind(struct lang_check *k);
/* Transfers that nothing waits for. */
void lang_check_awaited(struct lang_check *k);
void lang_check_host(struct lang_check *k, const struct ms_step *s);
void lang_check_transfer(struct lang_check *k, const struct ms_step *s);
void lang_check_transfer_expect(struct lang_check *k, const struct ms_step *s);
void lang_check_wire(struct lang_check *k, const struct ms_step *s);
void lang_check_path_number(struct lang_check *k, const struct ms_step *s);

#endif
