/* SPDX-License-Identifier: MIT */
/* Mistakes: each with the place and the words that a reader gets. */
#include "unit.h"

#include "lang_env.h"

/* Four lines stand before each snippet; it begins on line 5. */
#define FRONT "case a.b\npurpose \"p\"\niut listener\nA: handshake\n"

struct wrong {
    const char *text;
    unsigned line, column;
    const char *message;
    const char *hint; /* NULL: not looked at */
};

static const struct wrong steps[] = {
    /* words */
    {"A: send SYN mp_jion(id = 1)", 5, 13, "'mp_jion' is no option", "did you mean 'mp_join'?"},
    {"A: expect syn", 5, 11, "'syn' is no option", "did you mean 'SYN'?"},
    {"A: exptect RST", 5, 4, "a handle cannot 'exptect'", "did you mean 'expect'?"},
    {"A: send ACK mp_join(nonse = 1)", 5, 21, "mp_join has no field 'nonse'",
     "did you mean 'nonce'?"},
    {"A: send ACK mp_prio(key = 1)", 5, 21, "mp_prio has no field 'key'", "it has: backup"},
    {"A: send ACK no mp_joyn", 5, 16, "unknown option 'mp_joyn'", "did you mean 'mp_join'?"},
    {"A: expect RST [R-3.2-35]", 5, 16, "unknown requirement 'R-3.2-35'", "did you mean 'R-3.2-3"},
    {"A: expect RST [r-3.2-34]", 5, 16, "unknown requirement", "did you mean 'R-3.2-34'?"},
    {"A: expect RST [", 5, 16, "expected a requirement such as R-3.2-34", NULL},
    {"A: expect RST [R-3.2-34, R-3.2-34]", 5, 26, "is given twice", NULL},
    {"A: auto akc off", 5, 9, "nothing automatic is called 'akc'", "did you mean 'ack'?"},
    {"A: auto ack maybe", 5, 13, "expected `on` or `off`, found 'maybe'", NULL},
    {"iut: endpiont add i1", 5, 6, "the IUT has no verb 'endpiont'", "did you mean 'endpoint'?"},
    {"iut: expect conected", 5, 13, "nothing of the IUT that can be expected is called 'conected'",
     "did you mean 'connected'?"},
    {"iut: endpoint ad i1", 5, 15, "'endpoint' knows no 'ad'", "did you mean 'add'?"},
    {"iut: endpoint add i1 signel", 5, 22, "'signel' is not defined here",
     "did you mean 'signal'?"},
    {"iut: endpoint", 5, 1, "'endpoint' needs a word", "one of: add del flags flush"},
    {"iut: endpoint add i1 idd = 5", 5, 22, "'endpoint' has no argument 'idd'",
     "did you mean 'id'?"},
    {"iut: endpoint add i1 id = 256", 5, 27, "256 is too large here", NULL},
    {"iut: shutdown 5", 5, 15, "'shutdown' needs a word here", NULL},
    {"iut: expect error ECONNRST", 5, 19, "'error' knows no 'ECONNRST'",
     "did you mean 'ECONNRESET'?"},
    {"iut: expect event SF_ESTABLISHD", 5, 19, "'event' knows no",
     "did you mean 'SF_ESTABLISHED'?"},
    {"iut: sockopt nodely = 1", 5, 14, "unknown socket option 'nodely'", "did you mean 'nodelay'?"},
    {"iut: sockopt 5", 5, 1, "sockopt takes one NAME = VALUE", NULL},
    {"iut: sysctl reno", 5, 1, "sysctl takes one NAME = VALUE", NULL},
    {"iut: urgent 5", 5, 13, "'urgent' takes no arguments", NULL},
    {"iut: connect 5", 5, 14, "'connect' takes named arguments only",
     "name it: to from port sport plain"},
    {"iut: connect port = 1 port = 2", 5, 23, "'port' is given twice", NULL},
    {"iut: connect port > 1", 5, 19, "only '=' can stand here", NULL},
    {"iut: send", 5, 1, "'send' takes one number", NULL},
    {"iut: send x\"00\"", 5, 11, "a number is needed here, this is octets", NULL},
    {"iut: expect counter MPTcpExt.X", 5, 30, "unknown property 'X'", NULL},
    {"iut: expect counter", 5, 1, "'counter' compares nothing", NULL},
    {"iut: expect info subflows", 5, 18, "needs something to compare with", NULL},
    {"iut: close [R-3.1-01]", 5, 12, "a verb judges nothing", "tags stand behind what is expected"},
    {"iut: close()x", 5, 13, "expected the end of the statement, found 'x'", NULL},
    {"iut: connect (port = 1,", 5, 24,
     "expected another argument behind the comma, found the end of the file", NULL},
    {"iut(A: close", 5, 6, "expected ')' behind the handle", NULL},
    {"iut(A) close", 5, 8, "expected ':' behind `iut`", NULL},
    {"iut: 5", 5, 6, "expected a verb or `expect`, found '5'", NULL},
    {"iut: received 5", 5, 16, "expected `octets`", NULL},
    {"iut: received 5 octets, same", 5, 25, "expected `unchanged`", NULL},
    {"iut: received 5 octets now", 5, 24, "expected tags, `within` or the end of the line", NULL},
    {"iut: expect 5", 5, 13, "expected what the IUT must have seen", NULL},
    {"iut(B): expect eof", 5, 1, "handle 'B' is never opened", "`B: handshake` opens a connection"},
    {"iut: expect names B", 5, 19, "handle 'B' is never opened", NULL},
    {"leet x = 1", 5, 1, "unknown statement 'leet'", "did you mean 'let'?"},
    {"send ACK", 5, 1, "'send' needs the handle that it is about", "write `A: send`"},
    {"endpoint flush", 5, 1, "'endpoint' is something that the IUT does", "write `iut: endpoint`"},
    {"purpose \"late\"", 5, 1, "header `purpose` stands before the first step", NULL},
    {"or { A: expect RST }", 5, 1, "`or` without `either`", NULL},
    {"5", 5, 1, "expected a step, found '5'", NULL},
    {"A: 5", 5, 4, "expected what happens, found '5'", NULL},
    {"A: new", 5, 7, "expected '(' behind `new`", "new takes: of from"},
    {"A: join(sequence = 1)", 5, 9, "'join' has no argument 'sequence'", "it takes: id backup"},
    {"A: close(now)", 5, 10, "'close' takes no arguments", NULL},
    {"B: join(5)", 5, 9, "expected the name of an argument", NULL},
    {"B: join(id = 1, id = 2)", 5, 17, "'id' is given twice", NULL},
    {"B: join(of = 5)", 5, 9, "`of` names the handle", NULL},
    {"B: join(from)", 5, 9, "'from' needs an address", NULL},
    {"B: join(from = 5)", 5, 16, "'from' needs an address", NULL},
    {"B: join(of = C)", 5, 14, "handle 'C' is never opened", NULL},
    {"B: join(from = t9)", 5, 16, "'t9' is not defined here", "did you mean"},
    /* segments */
    {"A: send", 5, 8, "expected a segment", NULL},
    {"A: send any", 5, 9, "`any` cannot be sent", NULL},
    {"A: send SYN+SYN", 5, 13, "flag SYN is given twice", NULL},
    {"A: send SYN+data 1", 5, 13, "expected a flag behind '+'", NULL},
    {"A: send SYN+5", 5, 13, "expected a flag behind '+', found '5'", NULL},
    {"A: send data 5 ACK", 5, 16, "flags stand at the front", NULL},
    {"A: send ACK data", 5, 17, "expected a value, found the end of the file", NULL},
    {"A: send ACK data 5 nodata", 5, 20, "the payload is given twice", NULL},
    {"A: send ACK data 3s", 5, 18, "a duration is no value here", NULL},
    {"A: send ACK seq", 5, 16, "expected a comparison behind 'seq'", "write `seq = ...`"},
    {"A: send ACK seq > 5", 5, 17, "only '=' can stand here", NULL},
    {"A: send ACK mp_prio(backup != 1)", 5, 28, "only '=' can stand here", NULL},
    {"A: send ACK seq = 5 seq = 6", 5, 21, "'seq' is given twice", NULL},
    {"A: send ACK seq as q", 5, 17, "expected a comparison behind 'seq'", NULL},
    {"A: send ACK seq = any", 5, 19, "`any` can stand only for a value that is expected", NULL},
    {"A: send ACK win = 65536", 5, 19, "65536 does not fit in the 16 bits of 'win'",
     "the greatest is 65535"},
    {"A: send ACK win = x\"00\"", 5, 19, "'win' is a number, not octets", NULL},
    {"A: send ACK mp_prio(backup = 2)", 5, 30, "2 does not fit in the 1 bit of 'backup'", NULL},
    {"A: send ACK mp_join(hmac = 5)", 5, 28, "'hmac' is octets, not a number",
     "octets are written x\"0a 0b\""},
    {"A: send ACK add_addr(addr = 5)", 5, 29, "'addr' is an address, not a number", NULL},
    {"A: send ACK within 3s", 5, 13, "`within` has no meaning for what is sent", NULL},
    {"A: send ACK on any", 5, 13, "`on` has no meaning for what is sent", NULL},
    {"A: send ACK [R-3.1-01]", 5, 13, "what is sent judges nothing", NULL},
    {"A: expect ACK commit", 5, 15, "`commit` has no meaning for what is expected", NULL},
    {"A: expect ACK keep", 5, 15, "`keep` has no meaning for what is expected", NULL},
    {"A: expect ACK on all", 5, 18, "expected `any` behind `on`", NULL},
    {"A: expect ACK within 3", 5, 22, "a duration needs its unit", "write it as 200ms or 3s"},
    {"A: expect ACK within 0s", 5, 22, "leaves no time", NULL},
    {"A: expect ACK within soon", 5, 22, "expected a duration such as 200ms or 3s, found 'soon'",
     NULL},
    {"A: expect ACK as", 5, 17, "expected a name for the segment behind `as`", NULL},
    {"A: expect ACK as s as u", 5, 20, "the segment is named twice", NULL},
    {"A: expect as s", 5, 11, "this expects nothing in particular", NULL},
    {"A: expect RST no dss dss(map)", 5, 22, "'dss' contradicts `no dss`", NULL},
    {"A: expect RST no mptcp mp_tcprst", 5, 24, "'mp_tcprst' contradicts `no mptcp`", NULL},
    {"A: expect RST no dss no dss", 5, 25, "`no dss` is given twice", NULL},
    {"A: expect ACK dss(no map, dsn = 1)", 5, 27, "`no map` leaves no 'dsn'", NULL},
    {"A: expect ACK no dss(map)", 5, 21, "`no dss` means the whole option", NULL},
    {"A: expect ACK dss(map, map)", 5, 24, "'map' is given twice", NULL},
    {"A: expect ACK dss(5)", 5, 19, "expected the name of a field, found '5'", NULL},
    {"A: expect ACK dss(dsn != any)", 5, 26, "`any` can be compared with '=' only", NULL},
    {"A: expect ACK mss(nonse = 5)", 5, 19, "mss has no field 'nonse'", NULL},
    {"A: expect ACK variant 1", 5, 23, "`variant` changes the content of `data N`", NULL},
    {"A: expect ACK data t1", 5, 20, "a number is needed here, this is an address", NULL},
    {"A: expect ACK options { mss } dss", 5, 31, "`options { }` is the whole list", NULL},
    {"A: expect ACK dss options { mss }", 5, 19, "`options { }` is the whole list", NULL},
    {"A: expect ACK options mss", 5, 23, "expected '{' behind `options`", NULL},
    {"A: expect ACK options { mss", 5, 28, "expected '}', found the end of the file", NULL},
    {"A: expect ACK options { 5 }", 5, 25, "expected the name of an option", NULL},
    {"A: send ACK options { mp_join, mp_join }", 5, 9,
     "take at least 48 octets, a header has room for 40", NULL},
    {"A: send ACK raw(5)", 5, 17, "raw takes octets, not a number", NULL},
    {"A: send ACK raw", 5, 13, "raw needs the octets to send", NULL},
    {"A: expect (", 5, 11, "expected an option, a header field or a word of a segment, found '('",
     NULL},
    {"A: hold ACK", 5, 4, "what is held needs a name", NULL},
    {"A: resend first", 5, 1, "no segment is named 'first'", NULL},
    {"A: resend", 5, 10, "expected the name of a segment", NULL},
    /* states, silence, structure */
    {"A: expect acked 5", 5, 17, "expected tags, `within` or the end of the line", NULL},
    {"A: expect acked on any", 5, 17, "expected tags, `within` or the end of the line", NULL},
    {"A: expect stream", 5, 17, "expected a value", NULL},
    {"A: expect no RST", 5, 17, "expected `until { ... }`", "`expect any no OPTION`"},
    {"A: expect no RST until { }", 5, 24, "the control is empty", NULL},
    {"A: expect RST until { A: expect ACK }", 5, 15, "`until` belongs to `expect no`", NULL},
    {"A: expect no RST until { A: expect ACK", 5, 24, "this '{' is never closed", NULL},
    {"either { A: expect RST }", 5, 1, "`either` has one alternative only", NULL},
    {"either { A: send ACK } or { A: expect RST }", 5, 10,
     "an alternative begins with an expectation", NULL},
    {"either { } or { A: expect RST }", 5, 8, "an alternative is empty", NULL},
    {"either A: expect RST", 5, 8, "expected '{', found 'A'", NULL},
    {"all { A: send ACK }", 5, 7, "only expectations without `no` and `before` can stand in `all`",
     NULL},
    {"all { }", 5, 5, "`all` expects nothing", NULL},
    {"from A: no RST", 5, 6, "expected `now` behind `from`", NULL},
    {"from now A: RST", 5, 13, "expected `no`", NULL},
    {"from now A: no RST within 3s", 5, 16, "a guard holds to the end", NULL},
    {"path 2 cut", 5, 6, "topology one-path has 1 path only", NULL},
    {"path 0 cut", 5, 6, "paths are numbered from 1", NULL},
    {"path one cut", 5, 6, "expected the number of a path", NULL},
    {"path 1 break", 5, 8, "expected `cut` or `restore`", NULL},
    {"strict yes", 5, 8, "expected `on` or `off`", NULL},
    {"}", 5, 1, "'}' closes nothing", NULL},
    /* names */
    {"C: send ACK", 5, 1, "handle 'C' is never opened", NULL},
    {"C: expect RST", 5, 1, "handle 'C' is never opened", NULL},
    {"from now C: no RST", 5, 1, "handle 'C' is never opened", NULL},
    {"C: auto ack off", 5, 1, "handle 'C' is never opened", NULL},
    {"let x = C.snd_nxt", 5, 9, "handle 'C' is never opened", NULL},
    {"let x = A.snd_nxtt", 5, 11, "unknown property 'snd_nxtt'", "did you mean 'snd_nxt'?"},
    {"let x = A.", 5, 11, "expected the name of a property", NULL},
    {"let x = A", 5, 9, "'A' is not defined here", "a handle gives values by its properties"},
    {"let x = flp(1)", 5, 9, "unknown function 'flp'", "did you mean 'flip'?"},
    {"let x = left(1)", 5, 9, "left takes 2 arguments, not 1", "it is left(x n)"},
    {"let x = random(1)", 5, 9, "random takes 0 arguments, not 1", NULL},
    {"let x = y + 1", 5, 9, "'y' is not defined here", NULL},
    {"let x = 1\nlet x = 2", 6, 1, "'x' is already defined on line 5", NULL},
    {"let t1 = 1", 5, 1, "'t1' is an address of topology one-path", NULL},
    {"let data = 1", 5, 1, "'data' is a word of the language", NULL},
    {"let 5 = 1", 5, 5, "expected a name behind `let`", NULL},
    {"let x 1", 5, 7, "expected '=', found '1'", NULL},
    {"let x = within", 5, 9, "expected a value, found 'within'", NULL},
    {"let x = x\"00\" + 1", 5, 9, "arithmetic needs numbers, this is octets", NULL},
    {"let x = 1 / 0", 5, 13, "division by zero", NULL},
    {"let x = (1 + 2", 5, 15, "expected ')', found the end of the file", NULL},
    {"let x = flip(1", 5, 15, "expected ')', found the end of the file", NULL},
    {"let any = 1", 5, 1, "'any' is a word of the language", NULL},
    {"iut: send any", 5, 11, "`any` can stand only for a value that is expected", NULL},
    {"either { A: expect RST as s } or { A: expect FIN\nA: resend s }", 6, 1,
     "no segment is named 's'", NULL},
    {"any: handshake", 5, 1, "'any' cannot be a handle", NULL},
    /* tokens */
    {"let x = 0x", 5, 9, "hexadecimal digits are missing", NULL},
    {"let x = 0xzz", 5, 9, "not a hexadecimal number", NULL},
    {"let x = 0x00112233445566778", 5, 9, "an odd number of digits", NULL},
    {"let x = 12abc", 5, 9, "unknown suffix of a number", NULL},
    {"let x = 18446744073709551616", 5, 9, "does not fit in 64 bits", NULL},
    {"let x = 18014398509481984k", 5, 9, "does not fit in 64 bits", NULL},
    {"let x = 1.2.3.400", 5, 9, "not an IPv4 address", NULL},
    {"let x = [2001:::1]", 5, 9, "not an IPv6 address", NULL},
    {"let x = \"abc", 5, 9, "the closing quote is missing", NULL},
    {"let x = \"a\\q\"", 5, 9, "unknown escape in a string", NULL},
    {"let x = \"a\\x1\"", 5, 9, "unknown escape in a string", NULL},
    {"let x = \"a\001\"", 5, 9, "a control character in a string", NULL},
    {"let x = x\"0\"", 5, 9, "an odd number of digits", NULL},
    {"let x = x\"0 0\"", 5, 9, "a blank inside an octet", NULL},
    {"let x = x\"zz\"", 5, 9, "only hexadecimal digits", NULL},
    {"let x = x\"00", 5, 9, "the closing quote is missing", NULL},
    {"let x = 'a'", 5, 9, "strings stand in double quotes", NULL},
    {"let x = 1 ! 2", 5, 11, "stray '!'", NULL},
    {"let x = ~1", 5, 9, "this character has no meaning here", NULL},
    {"let x = \303\251", 5, 9, "can stand only in a comment or a string", NULL},
    {"let x = \377", 5, 9, "octet 0xff is not UTF-8", NULL},
    {"let x = (1; 2)", 5, 11, "';' inside parentheses", NULL},
};

/* Adds to `bad` what is not as the row wants it. */
static void look(const struct wrong *w, const char *text, struct ms_buf *bad)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_diags d = {.arena = a};
    const struct ms_case *c = ms_case_parse(a, "x.case", text, strlen(text), &env, &d);
    if (c != NULL || d.n != 1)
        ms_buf_printf(bad, "-- %zu mistakes instead of one in:\n%s\n", d.n, text);
    else if (d.d[0].loc.line != w->line || d.d[0].loc.column != w->column)
        ms_buf_printf(bad, "-- wanted place %u:%u:\n", w->line, w->column);
    else if (strstr(d.d[0].message, w->message) == NULL)
        ms_buf_printf(bad, "-- wanted '%s':\n", w->message);
    else if (w->hint != NULL && (d.d[0].hint == NULL || strstr(d.d[0].hint, w->hint) == NULL))
        ms_buf_printf(bad, "-- wanted hint '%s':\n", w->hint);
    else
        d.n = 0;
    ms_buf_puts(bad, env_mistakes(a, &d));
    ms_arena_free(a);
}

START_TEST(wrong_steps)
{
    char text[1024];
    struct ms_buf bad = {0};
    for (size_t i = 0; i < MS_ARRAY_LEN(steps); i++) {
        snprintf(text, sizeof text, FRONT "%s", steps[i].text);
        look(&steps[i], text, &bad);
    }
    ck_assert_msg(bad.len == 0, "\n%s", bad.data);
    ms_buf_free(&bad);
}
END_TEST

#define REST "purpose \"p\"\niut listener\nA: handshake\nA: expect RST [R-3.1-01]\n"

static const struct wrong headers[] = {
    {"case A.b\n" REST, 1, 6, "a case name has lower-case letters", NULL},
    {"case a_b\n" REST, 1, 6, "a case name has lower-case letters", NULL},
    {"case a.\n" REST, 1, 6, "a case name has lower-case letters", NULL},
    {"case\n" REST, 1, 5, "expected the name of the case", NULL},
    {"case a.b\nnote x\n" REST, 2, 1, "unknown header 'note'", NULL},
    {"case a.b c\n" REST, 1, 10, "expected the end of the line, found 'c'", NULL},
    {"case a.b\npurpose p\niut listener\nA: handshake", 2, 9, "expected the purpose as a string",
     NULL},
    {"case a.b\npurpose \"\"\niut listener\nA: handshake", 2, 9, "the purpose is empty", NULL},
    {"case a.b\npurpose \"a\\nb\"\niut listener\nA: handshake", 2, 9, "plain text of one line",
     NULL},
    {"case a.b\npurpose \"a\\xff\"\niut listener\nA: handshake", 2, 9, "plain text of one line",
     NULL},
    {"case a.b\npurpose \"p\"\nA: handshake\nA: expect RST [R-3.1-01]\n", 1, 6,
     "header `iut` is missing", NULL},
    {"case a.b\niut listener\nA: handshake\nA: expect RST [R-3.1-01]\n", 1, 6,
     "header `purpose` is missing", NULL},
    {"case a.b\npurpose \"p\"\niut server\nA: handshake", 3, 5,
     "expected `listener`, `initiator` or `both`, found 'server'", NULL},
    {"case a.b\ncase a.c\n" REST, 2, 1, "header `case` is given twice", NULL},
    {"case a.b\nfamily ipv5\n" REST, 2, 8, "expected `ipv4` or `ipv6`, found 'ipv5'", NULL},
    {"case a.b\nfamily ipv4, ipv4\n" REST, 2, 14, "'ipv4' is given twice", NULL},
    {"case a.b\ntopology two-path\n" REST, 2, 10, "unknown topology 'two-path'",
     "did you mean 'two-paths'?"},
    {"case a.b\ntopology\n" REST, 2, 9, "expected the name of a topology", NULL},
    {"case a.b\nneeds ecko\n" REST, 2, 7, "unknown need 'ecko'", "did you mean 'echo'?"},
    {"case a.b\nneeds echo, discard\n" REST, 2, 13, "a second service", NULL},
    {"case a.b\nneeds source\n" REST, 2, 13, "expected how many octets", NULL},
    {"case a.b\nneeds sysctl\n" REST, 2, 13, "expected the name of a sysctl", NULL},
    {"case a.b\nneeds 5\n" REST, 2, 7, "expected what the case needs", NULL},
    {"case a.b\ntags a, a\n" REST, 2, 9, "'a' is given twice", NULL},
    {"case a.b\ntags\n" REST, 2, 5, "expected a tag", NULL},
    {"case a.b\nsection x\n" REST, 2, 9, "'x' is no section number", NULL},
    {"case a.b\nsection\n" REST, 2, 8, "expected a section of RFC 8684", NULL},
    {"case a.b\nforeach v of 1\n" REST, 2, 11, "expected `in`, found 'of'", NULL},
    {"case a.b\nforeach 5 in 1\n" REST, 2, 9, "expected a name behind `foreach`", NULL},
    {"case a.b\nforeach v in 1, 1\n" REST, 2, 17, "value 1 is given twice", NULL},
    {"case a.b\nforeach v in any\n" REST, 2, 14, "`any` is no value", NULL},
    {"case a.b\nforeach v in 1\nforeach v in 2\n" REST, 3, 9, "'v' is already defined on line 2",
     NULL},
    {"case a.b\nforeach t1 in 1\n" REST, 2, 9, "'t1' is an address", NULL},
    {"case a.b\nforeach v in 1, 300\n" REST "A: send ACK mp_join(id = v)", 7, 26,
     "300 does not fit in the 8 bits of 'id' (a value of 'v')", NULL},
    {"case a.b\nforeach v in x\"00\", x\"01\"\n" REST "A: send ACK win = v", 7, 19,
     "'win' is a number, not octets", NULL},
    {"case a.b\nsysctl net.x 1\n" REST, 2, 14, "expected '=', found '1'", NULL},
    {"case a.b\nposition join-prot token\n" REST, 2, 10, "unknown position 'join-prot'",
     "did you mean 'join-port'?"},
    {"case a.b\nposition\n" REST, 2, 9, "expected a position", "mptcpspec list positions"},
    {"case a.b\nposition join-port\n" REST, 2, 19, "expected `token` or `listener`", NULL},
    {"case a.b\nposition join-port tokens\n" REST, 2, 20,
     "position 'join-port' has no reading 'tokens'", "`token` or `listener`"},
    {"case a.b\nposition join-port token\nposition join-port token\n" REST, 3, 10,
     "position 'join-port' is given twice", NULL},
    {"case a.b\nposition join-port token 5\n" REST, 2, 26, "expected the end of the line", NULL},
    {"case a.b\nsysctl 5\n" REST, 2, 8, "expected the name of a sysctl", NULL},
    {"case a.b\naltered 5\n" REST, 2, 9, "expected a rewrite as a string", NULL},
    {"case a.b\naltered \"rx flop mp_join.hmac\" fails R-3.2-14\n" REST, 2, 13, "flop", NULL},
    {"case a.b\naltered \"rx flip mp_join.hmac\" R-3.2-14\n" REST, 2, 32,
     "expected `fails` and a requirement", NULL},
    {"case a.b\naltered \"rx flip mp_join.hmac\" fails R-9\n" REST, 2, 38,
     "unknown requirement 'R-9'", NULL},
    {"case a.b\naltered \"rx flip mp_join.hmac\" fails R-3.2-14 when v = 1\n" REST, 2, 52,
     "no foreach is named 'v'", NULL},
    {"case a.b\naltered \"rx flip mp_join.hmac\" fails R-3.2-14 when family = ipv5\n" REST, 2, 61,
     "the family is ipv4 or ipv6", NULL},
    {"case a.b\nfamily ipv4\naltered \"rx flip mp_join.hmac\" fails R-3.2-14 when family = "
     "ipv6\n" REST,
     3, 61, "the case does not run over ipv6", NULL},
    {"case a.b\nforeach v in 1, 2\naltered \"rx flip mp_join.hmac\" fails R-3.2-14 when v = "
     "3\n" REST,
     3, 56, "'v' never has this value", NULL},
    {"case a.b\npurpose \"p\"\niut listener\nA: handshake\nA: expect RST\n", 1, 6,
     "the case judges nothing", NULL},
    {"purpose \"p\"\ncase a.b\niut listener\nA: handshake", 1, 1,
     "expected `case NAME` at the front", NULL},
    {"case a.b\ntopology two-paths\n" REST "B: join(from = t2)", 7, 16, "'t2' has no IPv6 address",
     "limit the case with `family`"},
};

START_TEST(wrong_headers)
{
    struct ms_buf bad = {0};
    for (size_t i = 0; i < MS_ARRAY_LEN(headers); i++)
        look(&headers[i], headers[i].text, &bad);
    ck_assert_msg(bad.len == 0, "\n%s", bad.data);
    ms_buf_free(&bad);
}
END_TEST

/* One mistake does not hide the next, and causes none. */
START_TEST(goes_on_after_a_mistake)
{
    static const char text[] = FRONT "A: send SYN mp_jion(id = 1,\n"
                                     "    nonce = 2)\n"
                                     "A: expect no mp_foo until {\n"
                                     "    A: expect ACK bar\n"
                                     "}\n"
                                     "A: expect ACK options { foo, mss }\n"
                                     "B: join(of = A, id = (1\n"
                                     "A: exptect ACK\n"
                                     "either { A: expect QQ } or {\n"
                                     "  A: expect RST [R-9]\n"
                                     "}\n"
                                     "A: expect dss(mapp)\n";
    static const unsigned lines[] = {5, 7, 8, 10, 12, 12, 13, 14, 16};
    struct ms_arena *a = ms_arena_new();
    struct ms_diags d = {.arena = a};
    ck_assert_ptr_null(ms_case_parse(a, "x.case", text, sizeof text - 1, &env, &d));
    const char *all = env_mistakes(a, &d);
    ck_assert_msg(d.n == MS_ARRAY_LEN(lines), "%zu mistakes:\n%s", d.n, all);
    for (size_t i = 0; i < d.n; i++)
        ck_assert_msg(d.d[i].loc.line == lines[i], "mistake %zu on line %u instead of %u:\n%s", i,
                      d.d[i].loc.line, lines[i], all);
    ms_arena_free(a);
}
END_TEST

START_TEST(caret)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {FRONT "A: send SYN mp_jion",
         "x.case:5:13: 'mp_jion' is no option, header field or word of a segment\n"
         "      5 | A: send SYN mp_jion\n"
         "        |             ^~~~~~~\n"
         "  hint: did you mean 'mp_join'?\n"},
        {FRONT "\tA: expect data \"\303\251\" RTS",
         "x.case:5:22: 'RTS' is no option, header field or word of a segment\n"
         "      5 | \tA: expect data \"\303\251\" RTS\n"
         "        | \t                   ^~~\n"
         "  hint: did you mean 'RST'?\n"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        struct ms_arena *a = ms_arena_new();
        struct ms_diags d = {.arena = a};
        ck_assert_ptr_null(
            ms_case_parse(a, "x.case", rows[i].text, strlen(rows[i].text), &env, &d));
        ck_assert_str_eq(env_mistakes(a, &d), rows[i].want);
        ms_arena_free(a);
    }
}
END_TEST

/* Appends `what` n times. */
static void repeat(struct ms_buf *b, const char *what, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ms_buf_puts(b, what);
}

static void hostile(const char *before, const char *what, size_t n, const char *message)
{
    struct ms_buf b = {0};
    ms_buf_puts(&b, before);
    repeat(&b, what, n);
    struct ms_arena *a = ms_arena_new();
    struct ms_diags d = {.arena = a};
    ck_assert_ptr_null(ms_case_parse(a, "x.case", b.data, b.len, &env, &d));
    const char *all = env_mistakes(a, &d);
    ck_assert_msg(strstr(all, message) != NULL, "wanted '%s':\n%s", message, all);
    ck_assert_msg(d.n <= 100, "%zu mistakes", d.n);
    ms_arena_free(a);
    ms_buf_free(&b);
}

START_TEST(bounds)
{
    hostile(FRONT "let x = ", "(", 100000, "nested more than 32 levels deep");
    hostile(FRONT "let x = ", "-", 100000, "nested more than 32 levels deep");
    hostile(FRONT "let x = ", "flip(", 100000, "nested more than 32 levels deep");
    hostile(FRONT "let x = 1", "+1", 100000, "the expression is too long");
    hostile(FRONT, "all {\n", 1000, "nested more than 32 levels deep");
    hostile(FRONT, "A: expect no RST until {\n", 1000, "nested more than 32 levels deep");
    hostile(FRONT, "either { A: expect RST } or {\n", 1000, "nested more than 32 levels deep");
    hostile(FRONT, "A: send ACK\n", 3000, "more than 2000 steps");
    hostile(FRONT, "A: sned ACK\n", 3000, "too many mistakes");
    hostile(FRONT "let ", "x", 1 << 20, "expected '='");
    hostile(FRONT "A: expect ACK [", "R", 1 << 20, "unknown requirement");
    hostile(FRONT "A: send ACK ", "nop ", 100000, "more than 64 options");
    hostile(FRONT "A: send ACK ", "nop ", 60, "options take at least");
    hostile(FRONT "iut: expect info ", "x 5 ", 100, "more than 64 arguments");
    hostile("case a.b\npurpose \"p\"\niut listener\nforeach v in flip(v), -flip(v)", "\n", 1,
            "'v' is not defined here");
    hostile(FRONT "A: send ", "SYN+", 1000, "flag SYN is given twice");
    hostile("case a.b\npurpose \"p\"\niut listener\nforeach v in 0", ", 1", 600, "given twice");
    hostile("case ", "a", 200, "a case name");
    hostile(FRONT, "\"", 100000, "expected a step");
    hostile(FRONT "A: expect ", "{", 100000, "found '{'");
}
END_TEST

START_TEST(too_many)
{
    struct ms_buf b = {0};
    ms_buf_puts(&b, "case a.b\npurpose \"p\"\niut listener\nforeach v in 0");
    for (unsigned i = 1; i < 600; i++)
        ms_buf_printf(&b, ", %u", i);
    hostile(b.data, "\n", 1, "more than 512 values");
    b.len = 0;
    ms_buf_puts(&b, FRONT);
    for (unsigned i = 0; i < 300; i++)
        ms_buf_printf(&b, "let x%u = 1\n", i);
    hostile(b.data, "", 0, "more than 256 names");
    b.len = 0;
    ms_buf_puts(&b, "case a.b\n");
    for (unsigned i = 0; i < 70; i++)
        ms_buf_printf(&b, "tags t%u\n", i);
    hostile(b.data, "", 0, "more than 64 tags");
    b.len = 0;
    ms_buf_puts(&b, FRONT);
    for (unsigned i = 0; i < 70; i++)
        ms_buf_printf(&b, "H%u: handshake\n", i);
    hostile(b.data, "", 0, "more than 64 handles");
    b.len = 0;
    ms_buf_puts(&b, "case a.b\npurpose \"p\"\niut listener\n");
    for (char c = 'a'; c <= 'm'; c++)
        ms_buf_printf(&b, "foreach %c in 0, 1\n", c);
    hostile(b.data, "A: handshake\n", 1, "more than 4096 combinations");
    ms_buf_free(&b);
}
END_TEST

START_TEST(nul_and_empty)
{
    static const char nul[] = FRONT "A: se\0nd";
    struct ms_arena *a = ms_arena_new();
    struct ms_diags d = {.arena = a};
    ck_assert_ptr_null(ms_case_parse(a, "x.case", nul, sizeof nul - 1, &env, &d));
    UNIT_NUM_EQ(d.n, 1);
    UNIT_NUM_EQ(d.d[0].loc.column, 6);
    ck_assert_ptr_nonnull(strstr(d.d[0].message, "NUL"));
    d.n = 0;
    ck_assert_ptr_null(ms_case_parse(a, "x.case", "", 0, &env, &d));
    ck_assert_ptr_nonnull(strstr(d.d[0].message, "header `case` is missing"));
    d.n = 0;
    /* Without requirements and topologies, and without an arena in the list. */
    const struct ms_lang_env bare = {0};
    struct ms_diags none = {0};
    static const char text[] = FRONT "A: expect RST [R-3.1-01]";
    ck_assert_ptr_null(ms_case_parse(a, "x.case", text, sizeof text - 1, &bare, &none));
    ck_assert_ptr_nonnull(strstr(none.d[0].message, "unknown requirement"));
    ms_arena_free(a);
}
END_TEST

UNIT_MAIN("lang_wrong", wrong_steps, wrong_headers, goes_on_after_a_mistake, caret, bounds,
          too_many, nul_and_empty)
