#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An agent with one fault: wrong_agent.py FAULT COMMAND...; `wrong_agent.py --list` prints each fault and its check.

COMMAND is an agent that is right. Its lines pass through here; a fault changes what is asked or what is answered.
"""
import os
import re
import signal
import subprocess
import sys
import threading

write_lock = threading.Lock()


class Faults:
    """A method a fault. `ask` and `say` get a line with its end and give the lines that go on in its place."""

    def __init__(self, agent):
        self.agent = agent
        self.seen = {}

    def count(self, what):
        self.seen[what] = self.seen.get(what, 0) + 1
        return self.seen[what]

    def answer(self, line):
        """To the tester, in the agent's place."""
        with write_lock:
            os.write(1, line)


def address(line):
    return line.split(b" ", 1)[0]


def swap(old, new, only=b""):
    """A fault that replaces octets in lines that hold `only`."""
    return lambda f, line: [line.replace(old, new) if only in line else line]


def change(pattern, new):
    return lambda f, line: [re.sub(pattern, new, line)]


def drop(pattern):
    return lambda f, line: [] if re.search(pattern, line) else [line]


def twice(pattern):
    return lambda f, line: [line, line] if re.search(pattern, line) else [line]


def instead(pattern, reply):
    """Answers a request itself; the agent never hears of it."""
    def ask(f, line):
        if not re.search(pattern, line):
            return [line]
        f.answer(address(line) + b" " + reply + b"\n")
        return []
    return ask


def dies(pattern):
    def ask(f, line):
        if re.search(pattern, line):
            os._exit(1)
        return [line]
    return ask


def second(pattern, then):
    """Does `then` from the second line on that matches."""
    def fault(f, line):
        return then(f, line) if re.search(pattern, line) and f.count(pattern) > 1 else [line]
    return fault


def keeps_sessions(f, line):
    """A later hello is answered with what was said to the first one."""
    if b" hello " in line and f.count("hello") > 1 and "facts" in f.seen:
        nonce = re.search(rb"nonce=(\S*)", line)[1]
        f.answer(re.sub(rb"^\S+", address(line), re.sub(rb"nonce=\S*", b"nonce=" + nonce, f.seen["facts"])))
        return []
    return [line]


def remembers_facts(f, line):
    if b" modes=" in line:
        f.seen["facts"] = line
    return [line]


def many(f, line):
    return [] if b" ok\n" in line and f.count("ok") % 1500 == 0 else [line]


def in_two(f, line):
    return [line] if len(line) <= 8192 else [line[:4000] + b"\n", line[4000:]]


def late_answer(f, line):
    if b" accept" in line:
        f.seen["accept"] = address(line)
    return [line]


def answers_after_end(f, line):
    if re.match(rb"1\.\d+ ok\n", line) and "accept" in f.seen:
        return [line, f.seen["accept"] + b" ok num=0 name=c1\n"]
    return [line]


def data_after_ok(f, line):
    if b" data " in line:
        f.seen["data"] = line
        return []
    if b" ok " in line and "data" in f.seen:
        return [line, f.seen.pop("data")]
    return [line]


def one_at_a_time(f, line):
    """What comes while a recv waits is held back until that is answered."""
    if f.seen.get("waits"):
        f.seen.setdefault("held", []).append(line)
        return []
    if b" recv " in line:
        f.seen["waits"] = address(line)
    return [line]


def releases(f, line):
    if f.seen.get("waits") and re.match(re.escape(f.seen["waits"]) + rb" (ok|err)", line):
        f.seen["waits"] = None
        for held in f.seen.pop("held", []):
            f.agent.stdin.write(held)
        f.agent.stdin.flush()
    return [line]


def sees_more(f, line):
    f.seen["again"] = True
    return [line]


def keeps_changes(f, line):
    """What the session before has set is still there."""
    return [re.sub(rb" text=\d+", b" text=3", line)] if f.seen.get("again") else [line]


def as_is(f, line):
    return [line]


# fault: (the check that must find it, what is asked, what is said)
FAULTS = {
    "hello-lacks-release": ("hello.answer", as_is, change(rb" release=\S*", b"")),
    "hello-other-version": ("hello.answer", as_is, change(rb"ok version=1 ", b"ok version=2 ")),
    "hello-short-lines": ("hello.answer", as_is, change(rb"max_line=\d+", b"max_line=512")),
    "hello-nonce-raw": ("hello.nonce", as_is, change(rb"nonce=a%20b\S*", b"nonce=a")),
    "hello-any-version": ("hello.version", swap(b"version=4294967295", b"version=1"), as_is),
    "hello-version-ends": ("hello.version", dies(rb"version=4294967295"), as_is),
    "hello-any-key": ("hello.keys", swap(b" a=b", b"", b"hello"), as_is),
    "stale-ends": ("hello.stale", dies(rb"garbage"), as_is),
    "hello-keeps-sessions": ("hello.again", keeps_sessions, remembers_facts),
    "unreadable-silent": ("line.unreadable", as_is, drop(rb"^0\.0 err BADLINE")),
    "unreadable-ends": ("line.unreadable", dies(rb"^ping\n"), as_is),
    "leading-zeros": ("line.unreadable", change(rb"^0+(\d)", rb"\1"), as_is),
    "malformed-unaddressed": ("line.malformed", as_is, change(rb"^\d+\.\d+ err BADLINE", b"0.0 err BADLINE")),
    "two-spaces": ("line.malformed", change(rb"  +", b" "), as_is),
    "binary-silent": ("line.binary", drop(rb"[\x80-\xff]"), as_is),
    "longest-refused": ("line.longest", lambda f, l: [l[:-1] + b"y\n"] if len(l) == 8192 else [l], as_is),
    "overlong-in-two": ("line.overlong", in_two, as_is),
    "endless-ends": ("line.endless", lambda f, l: os._exit(1) if len(l) > 100000 else [l], as_is),
    "pieces-are-lines": ("line.split", None, as_is),
    "many-lost": ("line.many", as_is, many),
    "unknown-verb-ok": ("verb.unknown", as_is, change(rb"err BADVERB.*", b"ok")),
    "unknown-verb-badarg": ("verb.unknown", as_is, swap(b"BADVERB", b"BADARG")),
    "place-ok": ("verb.place", instead(rb"^0\.\d+ listen", b"ok num=0"), as_is),
    "unknown-key-ok": ("key.unknown", swap(b"ping a=1", b"ping"), as_is),
    "bye-stays": ("end.bye", instead(rb" bye\n", b"ok"), as_is),
    "bye-silent": ("end.bye", dies(rb" bye\n"), as_is),
    "eof-stays": ("end.eof", as_is, as_is),
    "half-line-stays": ("end.half-line", as_is, as_is),
    "no-session-ok": ("session.none", instead(rb"^7\.", b"ok"), as_is),
    "open-twice-ok": ("session.twice", second(rb" (fresh|shared) ", instead(rb"", b"ok ipv6=1")), as_is),
    "end-does-nothing": ("session.end", lambda f, l: instead(rb"", b"ok")(f, l) if re.search(rb" end\n", l)
                         and f.count("end") == 1 else [l], as_is),
    "answer-after-end": ("session.end-waiting", late_answer, answers_after_end),
    "accept-waits-on": ("session.unlistened", as_is, drop(rb"err ECANCELED")),
    "any-service": ("session.config", swap(b"service=ftp", b"service=none"), as_is),
    "any-mac": ("session.config", swap(b"mac=0301aabb", b"mac=0201aabb"), as_is),
    "sessions-mixed": ("session.side-by-side", as_is, swap(b"num=202", b"num=101")),
    "sysctl-shared": ("session.numbers", as_is, swap(b"text=42", b"text=41")),
    "limit-busy": ("session.limit", as_is, swap(b"TOOMANY", b"BUSY")),
    "requests-silent": ("session.requests", as_is, drop(rb"TOOMANY")),
    "same-id-badarg": ("session.same-id", as_is, swap(b"err EXISTS", b"err BADARG")),
    "fresh-keeps": ("session.undo", as_is, lambda f, l: [l.replace(b"text=60", b"text=3") if f.count("get") and
                    f.seen.get("opened", 0) > 1 else l] if b" text=" in l else
                    ([l] if b" ipv6=" not in l or f.count("opened") else [l])),
    "shared-toomany": ("shared.busy", as_is, swap(b"err BUSY", b"err TOOMANY")),
    "shared-keeps": ("shared.undo", second(rb" shared ", sees_more), keeps_changes),
    "session-verb-ok": ("verb.session", as_is, change(rb"(1\.\d+) err BADVERB.*", rb"\1 ok")),
    "args-ok": ("verb.args", as_is, change(rb"(1\.\d+) err BADARG.*", rb"\1 ok num=0")),
    "started-missing": ("connection.mptcp", as_is, drop(rb" started\n")),
    "started-twice": ("connection.plain", as_is, twice(rb" started\n")),
    "started-not-due": ("session.none", as_is, lambda f, l: [address(l) + b" started\n", l] if b" NOSESSION" in l else [l]),
    "ok-twice": ("connection.ipv6", as_is, twice(rb"^1\.[2-9]\d* ok")),
    "errno-number": ("connection.refused", as_is, swap(b"err ECONNREFUSED", b"err 111")),
    "errno-unknown": ("connection.refused", as_is, swap(b"err ECONNREFUSED", b"err EREFUSED")),
    "anybody-is-known": ("connection.unknown", as_is, change(rb"err ENOTCONN.*", b"ok num=0")),
    "octets-other": ("octets.moved", as_is, swap(b"b64=X", b"b64=Y")),
    "octets-from-ignored": ("octets.moved", change(rb" from=\d+", b""), as_is),
    "octets-total": ("octets.moved", as_is, change(rb"total=\d+", b"total=9")),
    "octets-none-left": ("octets.long", second(rb" received ", instead(rb"", b"ok total=1053576")), as_is),
    "data-after-ok": ("octets.moved", as_is, data_after_ok),
    "padding-raw": ("octets.moved", as_is, swap(b"%3D", b"=")),
    "digest-of-nothing": ("octets.digest", as_is, change(rb"text=[0-9a-f]{64}", b"text=" + 64 * b"0")),
    "eof-counts-nothing": ("octets.eof", as_is, change(rb"num=300", b"num=0")),
    "cancelled-ok": ("octets.cancelled", as_is, change(rb"err ECANCELED.*", b"ok num=0")),
    "one-at-a-time": ("octets.waiting", one_at_a_time, releases),
    "discard-does-not-read": ("service.discard", swap(b"service=discard", b"service=none"), as_is),
    "source-is-dry": ("service.source", swap(b"service=source", b"service=discard"), as_is),
    "names-turned": ("look.names", as_is, change(rb"text=(\S+?)%20(\d+)%20(\S+?)%20(\d+)", rb"text=\3%20\4%20\1%20\2")),
    "counters-lack-one": ("look.counters", as_is, swap(b"Tcp.ActiveOpens:", b"Tcp.Opens:")),
    "counters-unnumbered": ("look.counters", as_is, change(rb"TcpExt\.SyncookiesSent:\d+", b"TcpExt.SyncookiesSent")),
    "info-lacks-token": ("look.mptcp-info", as_is, swap(b"token:", b"tokem:")),
    "sockopt-einval": ("set.sockopt", as_is, swap(b"ENOPROTOOPT", b"EINVAL")),
    "sysctl-einval": ("set.sysctl", as_is, swap(b"ENOENT", b"EINVAL")),
    "sysctl-ignored": ("set.sysctl", instead(rb"sysctl text=net.ipv4", b"ok num=0"), as_is),
    "sysctl-of-the-host": ("set.sysctl-host", swap(b"text=kernel.no_such", b"text=net.no_such"), as_is),
    "endpoint-badarg": ("set.endpoints", as_is, change(rb"err (EEXIST|EINVAL|ENOENT|E\w+)", b"err BADARG")),
    "address-again-ok": ("set.addresses", as_is, change(rb"err EEXIST.*", b"ok num=0")),
    "events-silent": ("events.connection", as_is, drop(rb" event ")),
    "mac-other": ("wire.address", change(rb"mac=(..)(..)", rb"mac=\1ee"), as_is),
    "segment-missing": ("wire.segment", swap(b"addr=198.51.100.1 ", b"addr=198.51.100.9 "), as_is),
    "network-stays": ("wire.gone", instead(rb" end\n", b"ok"), as_is),
}
STAYS = {"eof-stays", "half-line-stays", "bye-stays"}


def main():
    if sys.argv[1:] == ["--list"]:
        for name, (check, _, _) in FAULTS.items():
            print(name, check)
        return
    fault, command = sys.argv[1], sys.argv[2:]
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    agent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    f = Faults(agent)
    _, ask, say = FAULTS[fault]

    def answers():
        for line in agent.stdout:
            try:
                for one in say(f, line):
                    f.answer(one)
            except (OSError, ValueError):  # the stream has ended meanwhile
                pass
        if fault not in STAYS:
            os._exit(0)

    threading.Thread(target=answers, daemon=True).start()
    while True:
        if ask is None:  # what is read at once is a line
            line = os.read(0, 65536)
            line = line if not line or line.endswith(b"\n") else line + b"\n"
        else:
            line = sys.stdin.buffer.readline()
        if not line:
            break
        for one in (ask or as_is)(f, line):
            agent.stdin.write(one)
        agent.stdin.flush()
    agent.stdin.close()
    agent.wait()
    if fault in STAYS:
        signal.pause()


main()
