"""The worst shapes of iptables-save and ipset save."""

from collections.abc import Callable, Iterator
from functools import partial

from tests.bench import exports
from tests.bounds.shape import (
    Make,
    Shape,
    address,
    bare,
    filled,
    one,
    repeated,
    routed,
)

_HEAD = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"
_NAT = (
    "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
    ":POSTROUTING ACCEPT [0:0]\n"
)
_LONGEST = 65_536
"""Characters of a line; a longer one is refused."""
_OPEN = f"COMMIT\n{_HEAD}-A FORWARD -j ACCEPT\n-A INPUT -j ACCEPT\n"


def _rules(rule: Callable[[int], str], head: str = _HEAD, tail: str = "") -> Make:
    """Rules of the numbers from 0 on."""
    return lambda size: f"{head}{filled(size, lambda n: rule(n) + chr(10))}{tail}COMMIT\n"


def _line(start: str, piece: str, end: str = " -j ACCEPT") -> Make:
    """Rules whose middle is a piece many times, each as long as a line may be."""
    return lambda size: _HEAD + _long(size, lambda most: start + repeated(most, piece) + end)


def _listed(start: str, piece: Callable[[int], str], end: str = " -j ACCEPT") -> Make:
    """Rules with a list, each as long as a line may be."""
    return lambda size: _HEAD + _long(size, lambda most: start + filled(most, piece)[:-1] + end)


def _long(size: int, line: Callable[[int], str]) -> str:
    return repeated(max(size, _LONGEST), line(_LONGEST - 200) + "\n") + "COMMIT\n"


def _chains(rules: Callable[[int, int], str], each: int, first: str = "") -> Make:
    """Many chains, each with the rules of its number; the first is jumped to."""

    def made(size: int) -> str:
        most = max(2, size // each)
        declared = "".join(f":c{number} - [0:0]\n" for number in range(most))
        body = "".join(rules(number, most) for number in range(most))
        start = first or "-A INPUT -j c0\n-A FORWARD -j c0\n"
        return f"{_HEAD}{declared}{start}{body}COMMIT\n"

    return made


def _ladder(match: Callable[[int], str], rungs: int) -> Callable[[int], str]:
    """A chain ladder of so many rungs, again and again: 2^n paths through each."""

    def made(size: int) -> str:
        most = max(2, min(rungs, size // 80))
        chains: list[str] = []
        rules: list[str] = []
        number = 0
        while size > 0:
            first = number
            for rung in range(most):
                text = "".join(
                    f"-A c{number} {match(2 * number + side)} -j c{number + 1}\n" for side in (0, 1)
                )
                chains.append(f":c{number} - [0:0]\n")
                rules.append(
                    text if rung < most - 1 else f"-A c{number} -m mark --mark 1 -j ACCEPT\n"
                )
                size -= len(text) + len(chains[-1])
                number += 1
            rules.append(f"-A INPUT -j c{first}\n-A FORWARD -j c{first}\n")
        return f"{_HEAD}{''.join(chains)}{''.join(rules)}COMMIT\n"

    return made


def _wide(number: int, _: int) -> str:
    return (
        f"-A INPUT -s {address(number)} -j c{number}\n-A FORWARD -s {address(number)} -j c{number}\n"
        f"-A c{number} -p tcp -m tcp --dport {number % 65535} -j ACCEPT\n"
    )


def _web(number: int, most: int) -> str:
    return "".join(
        f"-A c{number} -s {address(5 * number + each)} -j c{min(most - 1, number + 1 + number * each % 7)}\n"
        for each in range(5)
        if number < most - 1
    )


_LINES: dict[str, Make] = {
    "table openers": lambda size: repeated(size, "*filter\n"),
    "tables": lambda size: repeated(size, f"{_HEAD}COMMIT\n"),
    "chains": lambda size: filled(size, lambda n: f":c{n} - [0:0]\n" if n else "*filter\n"),
    "one chain again": lambda size: _HEAD + repeated(size, ":c - [0:0]\n"),
    "empty lines": lambda size: _HEAD + repeated(size, "\n"),
    "comments": lambda size: _HEAD + repeated(size, "#\n"),
    "brackets": lambda size: repeated(size, "["),
    "counters": lambda size: _HEAD + repeated(size, "[0:0] "),
    "quotes": _line("-A INPUT -m comment --comment ", '"'),
    "backslashes": _line('-A INPUT -m comment --comment "', "\\", '" -j ACCEPT'),
    "one line": lambda size: f"{_HEAD}-A INPUT {repeated(size, '-m tcp ')}\nCOMMIT\n",
    "rules without end": lambda size: _HEAD + repeated(size, "-A INPUT\n"),
    "unknown options": _line("-A INPUT", " --x"),
    "matches in one rule": _line("-A INPUT -p tcp", " -m tcp"),
    "conditions in one rule": _line("-A INPUT -p tcp", " -m tcp --dport 5"),
    "inversions": _line("-A INPUT ", "! "),
    "one comment": _line('-A INPUT -m comment --comment "', "a b ", '" -j ACCEPT'),
    "one word": _line("-A INPUT -i ", "a"),
    "one number": _line("-A INPUT -p tcp --dport ", "9"),
    "one chain name": _line(":", "x", " - [0:0]"),
    "ports in one rule": _listed(
        "-A INPUT -p tcp -m multiport --dports ", lambda n: f"{n * 2 % 65536},"
    ),
    "sources in one rule": _listed("-A INPUT -s ", lambda n: f"{address(n)},"),
    "sources times destinations": lambda size: (
        _HEAD
        + _long(
            size,
            lambda most: (
                f"-A INPUT -s {filled(most // 2, lambda n: address(n) + ',')[:-1]}"
                f" -d {filled(most // 2, lambda n: address(n) + ',')[:-1]} -j ACCEPT"
            ),
        )
    ),
    "u32 in one rule": _line('-A INPUT -m u32 --u32 "0', "&&0=0", '" -j ACCEPT'),
    "strange words": _rules(lambda n: f"-A INPUT -m x{n} --y{n} z{n} -j ACCEPT"),
    "log prefixes": _rules(lambda n: f'-A INPUT -j LOG --log-prefix "p{n} "'),
}
_RULES: dict[str, Make] = {
    "flat": lambda size: exports.flat(max(10, size // 75)),
    "blocklist": lambda size: exports.blocklist(max(20, size // 45)),
    "zones": lambda size: exports.zones(max(50, size // 65)),
    "tiny rules": lambda size: _HEAD + repeated(size, "-A FORWARD\n") + "COMMIT\n",
    "accepting rules": lambda size: _HEAD + repeated(size, "-A INPUT -j ACCEPT\n") + "COMMIT\n",
    "port ranges": _rules(
        lambda n: (
            f"-A FORWARD -p tcp --sport {n * 7919 % 30000}:{30000 + n * 104729 % 30000}"
            f" --dport {n * 31 % 30000}:{30001 + n * 37 % 30000} -j {'ACCEPT' if n % 2 else 'DROP'}"
        )
    ),
    "address ranges": _rules(
        lambda n: (
            f"-A FORWARD -m iprange --src-range 0.0.0.1-{address(n)}"
            f" --dst-range {address(7 * n)}-250.0.0.{n % 256} -j {'ACCEPT' if n % 2 else 'DROP'}"
        )
    ),
    "ports of many rules": _rules(
        lambda n: (
            "-A FORWARD -p tcp -m multiport --ports "
            + ",".join(str((n * 15 + each) * 7919 % 65536) for each in range(15))
            + f" -j {'ACCEPT' if n % 2 else 'DROP'}"
        )
    ),
    "interfaces": _rules(lambda n: f"-A FORWARD -i i{n} -o o{n} -j ACCEPT"),
    "not these interfaces": _rules(
        lambda n: f"-A FORWARD ! -i i{n} -o o+ -j c", f"{_HEAD}:c - [0:0]\n"
    ),
    "limits": _rules(lambda n: f"-A FORWARD -m limit --limit {n % 90 + 1}/min -j ACCEPT"),
    "limits that drop": _rules(
        lambda n: f"-A FORWARD -s {address(n)} -m limit --limit {n % 90 + 1}/min -j DROP",
        tail="-A FORWARD -j ACCEPT\n",
    ),
    "unread conditions": _rules(
        lambda n: f"-A FORWARD -m string --string s{n} --algo bm -j {'ACCEPT' if n % 2 else 'DROP'}"
    ),
    "unread conditions of addresses": _rules(
        lambda n: (
            f"-A FORWARD -s {address(n)}/{8 + n % 24} -m string --string s{n} --algo bm"
            f" -j {'ACCEPT' if n % 2 else 'DROP'}".replace(address(n) + "/", f"{address(n)}/")
        )
    ),
    "marks": _rules(
        lambda n: (
            f"-A FORWARD -s {address(n)} -j MARK --set-xmark {hex(1 << n % 32)}/{hex(1 << n % 32)}"
        ),
        "*mangle\n:PREROUTING ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n",
        f"COMMIT\n{_HEAD}-A FORWARD -m mark --mark 0x12345678 -j ACCEPT\n",
    ),
    "marks by ports": _rules(
        lambda n: f"-A PREROUTING -p tcp --dport {n % 65536} -j MARK --set-mark {n}",
        "*mangle\n:PREROUTING ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n",
        f"COMMIT\n{_HEAD}-A FORWARD -m mark ! --mark 0x12345678 -j ACCEPT\n",
    ),
    "connection marks": _rules(
        lambda n: f"-A PREROUTING -p tcp --dport {n % 65536} -j CONNMARK --set-mark {n}",
        "*mangle\n:PREROUTING ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n",
        "-A PREROUTING -j CONNMARK --restore-mark\n"
        f"COMMIT\n{_HEAD}-A FORWARD -m mark --mark 1 -j ACCEPT\n",
    ),
    "port forwards": _rules(
        lambda n: (
            f"-A PREROUTING -p tcp --dport {n % 65536} -j DNAT --to-destination {address(n)}:{n % 60000 + 1}"
        ),
        _NAT,
        _OPEN,
    ),
    "port forwards of ranges": _rules(
        lambda n: (
            f"-A PREROUTING -s {address(n)} -j DNAT --to-destination {address(n)}-11.0.0.{n % 256}:1-{n % 60000 + 1}"
        ),
        _NAT,
        _OPEN,
    ),
    "source translations": _rules(
        lambda n: f"-A POSTROUTING -s {address(n)} -j SNAT --to-source {address(2 * n + 1)}",
        _NAT,
        _OPEN,
    ),
    "both translations": _rules(
        lambda n: (
            f"-A PREROUTING -d {address(n)} -j DNAT --to-destination {address(n + 9)}\n"
            f"-A POSTROUTING -s {address(n)} -j SNAT --to-source {address(2 * n + 1)}"
        ),
        _NAT,
        _OPEN,
    ),
    "networks mapped": _rules(
        lambda n: (
            f"-A PREROUTING -d 10.{n % 256}.{n // 256 % 256}.0/24 -j NETMAP --to 11.{n // 256 % 256}.{n % 256}.0/24"
        ),
        _NAT,
        _OPEN,
    ),
    "connections": _rules(
        lambda n: (
            f"-A FORWARD -m conntrack --ctorigdst {address(n)} --ctreplsrc {address(3 * n)} --ctstate NEW,RELATED -j ACCEPT"
        )
    ),
    "flags": _rules(
        lambda n: (
            f"-A FORWARD -p tcp -m tcp --tcp-flags SYN,ACK,FIN,RST {('SYN', 'ACK', 'SYN,ACK', 'NONE')[n % 4]}"
            f" -s {address(n)} -j {'ACCEPT' if n % 3 else 'DROP'}"
        )
    ),
    "recent lists": _rules(
        lambda n: (
            f"-A INPUT -m recent --name r{n} --set\n-A INPUT -m recent --name r{n} --update --seconds 9 -j DROP"
        )
    ),
    "chains in a row": _chains(
        lambda n, most: f"-A c{n} -j c{n + 1}\n" if n < most - 1 else "", 32
    ),
    "chains in a circle": _chains(lambda n, most: f"-A c{n} -j c{(n + 1) % most}\n", 32),
    "wide chains": _chains(_wide, 130, "-A INPUT -j DROP\n"),
    "chains in a web": _chains(_web, 200),
    "gotos in a row": _chains(
        lambda n, most: f"-A c{n} -s {address(n)} -g c{n + 1}\n" if n < most - 1 else "", 46
    ),
    "a ladder of 16, plain": _ladder(lambda _: "", 16),
    "a ladder of 16, by source": _ladder(
        lambda n: f"-s {address(n)}/{9 + n % 23}".replace("/", "/32 -m ttl --ttl-gt ", 0), 16
    ),
    "a ladder of 16, by port": _ladder(lambda n: f"-p tcp --dport {n % 60000}:65535", 16),
    "a ladder of 16, by mark": _ladder(lambda n: f"-m mark --mark {1 << n % 32}/{1 << n % 32}", 16),
    "a ladder of 16, by chance": _ladder(
        lambda _: "-m statistic --mode random --probability 0.5", 16
    ),
    "a ladder of 16, unread": _ladder(lambda n: f"-m string --string s{n} --algo bm", 16),
    "a ladder without end": _ladder(lambda n: f"-s {address(n)}", 1 << 20),
}


def _sets(kind: str, entry: Callable[[int], str], sides: str, rules: int = 1) -> Shape:
    def made(size: int) -> dict[str, str]:
        options = "" if kind.startswith("list") else " family inet hashsize 1024 maxelem 999999"
        if kind.startswith("bitmap"):
            options = " range 0-65535"
        text = f"create s {kind}{options}\n" + filled(size, lambda n: f"add s {entry(n)}\n")
        rule = f"-A INPUT -m set --match-set s {sides} -j ACCEPT\n"
        return {"s.ipset": text, "r.v4": f"{_HEAD}{rule * rules}COMMIT\n"}

    return Shape(f"ipset: {kind}, {rules} rules", made, (bare("s.ipset", "r.v4"),))


def _behind(head: str, make: Make, size: int) -> str:
    return head + make(size)


def _nested(size: int) -> dict[str, str]:
    most = max(2, size // 110)
    sets = "".join(
        f"create h{n} hash:ip family inet\nadd h{n} {address(n)}\ncreate l{n} list:set size 99\nadd l{n} h{n}\n"
        for n in range(most)
    )
    rules = "".join(f"-A INPUT -m set --match-set l{n} src -j ACCEPT\n" for n in range(most // 2))
    return {"s.ipset": sets, "r.v4": f"{_HEAD}{rules}COMMIT\n"}


def _all_in_one(size: int) -> dict[str, str]:
    most = max(2, size // 75)
    sets = "".join(f"create h{n} hash:ip family inet\nadd h{n} {address(n)}\n" for n in range(most))
    sets += "create l list:set size 99999\n" + "".join(f"add l h{n}\n" for n in range(most))
    rules = (
        "-A INPUT -m set --match-set l src -j ACCEPT\n-A INPUT -m set --match-set l dst -j DROP\n"
        * 50
    )
    return {"s.ipset": sets, "r.v4": f"{_HEAD}{rules}COMMIT\n"}


def shapes() -> Iterator[Shape]:
    """All of them."""
    for name, make in _LINES.items():
        yield one("iptables", "r.v4", name, make)
    for name, make in _RULES.items():
        yield routed("iptables", "r.v4", name, make)
    six = "# Generated by ip6tables-save v1.8.9\n"
    for name, make in {
        "sources": _rules(
            lambda n: (
                f"-A INPUT -s 2001:db8:{n % 65536:x}:{n * 7 % 65536:x}::/{48 + n % 80} -j ACCEPT".replace(
                    f"::/{48 + n % 80}", f":{n % 9999 + 1:x}::{n % 999 + 1:x}/128"
                )
            )
        ),
        "prefixes": _rules(
            lambda n: (
                f"-A FORWARD -s 2001:db8:{n % 65536:x}::/48 -d 2001:db8:{n * 3 % 65536:x}::/48 -j ACCEPT"
            )
        ),
        "ICMPv6 types": _rules(
            lambda n: (
                f"-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type {n % 256}/{n // 256 % 256} -j ACCEPT"
            )
        ),
    }.items():
        yield routed("ip6tables", "r.v6", name, partial(_behind, six, make))
    yield _sets("hash:ip", address, "src")
    yield _sets("hash:ip", lambda n: f'{address(n)} timeout 600 comment "{n}"', "src")
    yield _sets("hash:ip", address, "src", 3000)
    yield _sets(
        "hash:net", lambda n: f"{address(n)}/{1 + n % 32}".split("/")[0] + "/32", "src", 300
    )
    yield _sets("hash:net", lambda n: f"{address(n)} nomatch" if n % 2 else address(n), "src")
    yield _sets("hash:net,net", lambda n: f"{address(n)},{address(3 * n)}", "src,dst")
    yield _sets(
        "hash:net,port,net",
        lambda n: f"{address(n)},tcp:{n % 65536},{address(3 * n)}",
        "src,dst,dst",
    )
    yield _sets("hash:ip,port", lambda n: f"{address(n)},tcp:1-65535", "src,dst")
    yield _sets("hash:net,iface", lambda n: f"{address(n)},i{n}", "src,src")
    yield _sets("bitmap:port", lambda n: f"{n % 65536}", "dst")
    yield _sets("hash:ip", lambda n: f"{address(n)}-255.255.255.255", "src")
    yield _sets(
        "hash:mac",
        lambda n: f"02:00:00:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}",
        "src",
    )
    yield Shape("ipset: lists of sets", _nested, (bare("s.ipset", "r.v4"),))
    yield Shape("ipset: one list of many sets", _all_in_one, (bare("s.ipset", "r.v4"),))
    yield Shape(
        "ipset: empty sets",
        lambda size: {
            "s.ipset": filled(size, lambda n: f"create s{n} hash:ip\n"),
            "r.v4": f"{_HEAD}COMMIT\n",
        },
        (bare("s.ipset", "r.v4"),),
    )
    yield Shape(
        "ipset: one line",
        lambda size: {
            "s.ipset": f"create s hash:ip {repeated(size, 'a ')}\n",
            "r.v4": f"{_HEAD}COMMIT\n",
        },
        (bare("s.ipset", "r.v4"),),
    )
