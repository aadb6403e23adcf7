# SPDX-License-Identifier: MIT
# A strict reader of KTAP version 1 with one level of subtests. Prints "STATE NAME" for each result of a subtest,
# STATE being pass, fail, skip or xfail; ends with status 1 and a message at the first line that does not fit.
function refuse(why) {
    printf "line %d: %s: %s\n", NR, why, $0 > "/dev/stderr"
    bad = 1
    exit 1
}
# "1..N" -> N
function plan(text) {
    if (text !~ /^1\.\.[0-9]+$/)
        refuse("no plan")
    return substr(text, 4) + 0
}
function test_line(text, want) {
    if (!match(text, /^(not )?ok [0-9]+ /))
        refuse("no test line")
    ok = text !~ /^not /
    split(text, word, " ")
    number = ok ? word[2] : word[3]
    if (number != want)
        refuse("number " want " expected")
    name = substr(text, RLENGTH + 1)
    directive = ""
    if (match(name, / # /)) {
        directive = substr(name, RSTART + 3)
        name = substr(name, 1, RSTART - 1)
    }
    if (name == "" || name ~ /#/)
        refuse("no name")
}
BEGIN { state = "version" }
/[^ -~]/ && !/[\200-\377]/ { refuse("control character") }
state == "version" { if ($0 != "KTAP version 1") refuse("no version line"); state = "plan"; next }
state == "plan" { groups = plan($0); group = 0; state = groups ? "group" : "end"; next }
state == "group" { if ($0 != "    KTAP version 1") refuse("no version line of a subtest"); state = "title"; next }
state == "title" {
    if ($0 !~ /^    # Subtest: ./)
        refuse("no name of a subtest")
    title = substr($0, 16)
    state = "inner plan"
    next
}
state == "inner plan" {
    if ($0 !~ /^    1/)
        refuse("no plan of a subtest")
    tests = plan(substr($0, 5))
    if (tests == 0)
        refuse("empty subtest")
    test = failures = 0
    state = "test"
    next
}
state == "test" && /^    # / { next }
state == "test" {
    if ($0 !~ /^    [no]/)
        refuse("neither diagnostic nor result")
    test_line(substr($0, 5), ++test)
    if (seen[name]++)
        refuse("twice: " name)
    failures += !ok
    how = ok ? "pass" : "fail"
    if (directive ~ /^SKIP /)
        how = "skip"
    if (directive ~ /^XFAIL /)
        how = "xfail"
    if (!ok && how != "fail")
        refuse("not ok, and excused")
    print how, name
    if (test == tests)
        state = "group end"
    next
}
state == "group end" {
    test_line($0, ++group)
    if (name != title)
        refuse("another subtest ends")
    if (ok != (failures == 0))
        refuse("does not fit its " failures " failures")
    state = group == groups ? "end" : "group"
    next
}
{ refuse("after the end") }
END {
    if (!bad && state != "end") {
        printf "ends where the %s is missing\n", state > "/dev/stderr"
        exit 1
    }
}
