"""The worst shapes of nft as text."""

from collections.abc import Callable, Iterator

from tests.bounds.shape import Make, Shape, address, bare, filled, one, repeated, routed

_BASE = "type filter hook {} priority filter; policy drop;\n"
_INPUT, _FORWARD = _BASE.format("input"), _BASE.format("forward")


def _table(body: str, before: str = "") -> str:
    return f"table inet t {{\n{before}chain f {{\n{_FORWARD}{body}}}\nchain i {{\n{_INPUT}{body}}}\n}}\n"


def _rules(rule: Callable[[int], str], before: str = "") -> Make:
    return lambda size: _table(filled(size // 2, lambda n: rule(n) + "\n"), before)


def _list(start: str, piece: Callable[[int], str], end: str, copies: int = 1) -> Make:
    """One rule with a list in it."""
    return lambda size: _table(
        (start + filled(size // 2 // copies, piece)[:-1] + end + "\n") * copies
    )


def _set(head: str, piece: Callable[[int], str], rule: str, rules: int = 1) -> Make:
    """A set, and rules that look it up."""
    return lambda size: _table(
        f"{rule}\n" * rules, f"set s {{ {head}; elements = {{ {filled(size, piece)[:-1]} }} }}\n"
    )


def _map(head: str, piece: Callable[[int], str], rule: str, before: str = "") -> Make:
    return lambda size: _table(
        f"{rule}\n", f"{before}map s {{ {head}; elements = {{ {filled(size, piece)[:-1]} }} }}\n"
    )


def _ladder(match: Callable[[int], str], rungs: int) -> Make:
    def made(size: int) -> str:
        chains: list[str] = []
        firsts: list[str] = []
        number = 0
        most = max(2, min(rungs, size // 60))
        while size > 0:
            firsts.append(f"jump c{number + most - 1}\n")
            for rung in range(most):
                rule = "accept" if rung == 0 else f"jump c{number - 1}"
                text = f"chain c{number} {{ {match(2 * number)} {rule}; {match(2 * number + 1)} {rule}; }}\n"
                chains.append(text)
                size -= len(text)
                number += 1
        return _table("".join(firsts), "".join(chains))

    return made


def _doubled(size: int) -> str:
    """Definitions of which each has the former one twice."""
    head = "define d0 = 10.0.0.1\n"
    body = filled(size, lambda n: f"define d{n + 1} = {{ $d{n}, $d{n} }}\n")
    last = body.count("\n")
    return f"{head}{body}{_table(f'ip saddr $d{last} accept' + chr(10))}"


def _doubled_words(size: int) -> str:
    head = "define d0 = 10.0.0.1\n"
    body = filled(size, lambda n: f"define d{n + 1} = $d{n}, $d{n}\n")
    last = body.count("\n")
    return f"{head}{body}{_table(f'ip saddr {{ $d{last} }} accept' + chr(10))}"


def _many_uses(size: int) -> str:
    """A long definition, used many times."""
    return f"define d = {{ {filled(size // 2, lambda n: address(n) + ',')} }}\n" + _table(
        repeated(size // 4, "ip saddr $d accept\n")
    )


_TEXTS: dict[str, Make] = {
    "braces": lambda size: repeated(size, "{"),
    "table openers": lambda size: repeated(size, "table t {\n"),
    "tables": lambda size: filled(size, lambda n: f"table inet t{n} {{ }}\n"),
    "one table again": lambda size: repeated(size, "table inet t { }\n"),
    "chains": lambda size: _table("", filled(size, lambda n: f"chain c{n} {{ }}\n")),
    "base chains": lambda size: _table(
        "",
        filled(size, lambda n: f"chain c{n} {{ type filter hook input priority {n % 1000}; }}\n"),
    ),
    "base chains that change marks": lambda size: _table(
        "meta mark 7 accept\n",
        filled(
            size,
            lambda n: (
                f"chain c{n} {{ type filter hook input priority {n % 1000}; meta mark set {n}; }}\n"
            ),
        ),
    ),
    "nested blocks": lambda size: _table(repeated(size // 2, "jump { ") + "\n"),
    "parentheses": lambda size: _table("ip saddr " + repeated(size // 2, "(") + "\n"),
    "operators": lambda size: _table("meta mark set 1" + repeated(size // 2, "|1") + " accept\n"),
    "operators in rules": _rules(lambda _: "meta mark set meta mark" + "|1" * 190),
    "brackets": lambda size: _table("ip saddr " + repeated(size // 2, "[") + "\n"),
    "nested sets": lambda size: _table("ip saddr " + repeated(size // 2, "{ ") + "\n"),
    "semicolons": lambda size: _table(repeated(size // 2, ";") + "\n"),
    "comments": lambda size: _table(repeated(size // 2, "# a\n")),
    "quotes": lambda size: _table(repeated(size // 2, '"') + "\n"),
    "backslashes": lambda size: _table(repeated(size // 2, "\\\n") + "\n"),
    "lines": lambda size: repeated(size, "\n"),
    "one word": lambda size: _table("ip saddr " + repeated(size // 2, "a") + "\n"),
    "one number": lambda size: _table("tcp dport " + repeated(size // 2, "9") + "\n"),
    "one rule of matches": lambda size: _table(repeated(size // 2, "tcp dport 5 ") + "accept\n"),
    "one rule of statements": lambda size: _table(repeated(size // 2, "counter ") + "accept\n"),
    "one rule of marks": lambda size: _table(
        filled(size // 2, lambda n: f"meta mark set {n} ") + "accept\n"
    ),
    "one rule of nothing": lambda size: _table(repeated(size // 2, "xyz ") + "\n"),
    "one comment": lambda size: _table(f'accept comment "{repeated(size // 2, "a b ")}"\n'),
    "dots": lambda size: _table(
        "ip saddr " + repeated(size // 2, ". ip saddr ") + " { 1.1.1.1 } accept\n"
    ),
    "definitions": lambda size: filled(size, lambda n: f"define d{n} = {n}\n") + _table("accept\n"),
    "definitions in a row": lambda size: (
        "define d0 = 1\n"
        + filled(size, lambda n: f"define d{n + 1} = $d{n}\n")
        + _table("accept\n")
    ),
    "definitions of the former twice": _doubled,
    "definitions of the former's words twice": _doubled_words,
    "a definition in many rules": _many_uses,
    "redefinitions": lambda size: "define a = 1\n" + repeated(size, "redefine a = $a\n"),
    "commands that add": lambda size: (
        f"add table inet t\nadd chain inet t i {{ {_INPUT.strip()} }}\n"
        + filled(size, lambda n: f"add rule inet t i ip saddr {address(n)} accept\n")
    ),
    "commands that insert": lambda size: (
        f"add table inet t\nadd chain inet t i {{ {_INPUT.strip()} }}\n"
        + filled(size, lambda n: f"insert rule inet t i ip saddr {address(n)} accept\n")
    ),
    "commands that add after a rule": lambda size: (
        f"add table inet t\nadd chain inet t i {{ {_INPUT.strip()} }}\nadd rule inet t i drop\n"
        + repeated(size, "add rule inet t i index 0 accept\n")
    ),
    "commands that add elements": lambda size: (
        f"add table inet t\nadd chain inet t i {{ {_INPUT.strip()} }}\n"
        "add set inet t s { type ipv4_addr; }\nadd rule inet t i ip saddr @s accept\n"
        + filled(size, lambda n: f"add element inet t s {{ {address(n)} }}\n")
    ),
    "commands that delete elements": lambda size: (
        f"add table inet t\nadd chain inet t i {{ {_INPUT.strip()} }}\n"
        f"add set inet t s {{ type ipv4_addr; elements = {{ {filled(size // 2, lambda n: address(n) + ',')[:-1]} }} }}\n"
        "add rule inet t i ip saddr @s accept\n"
        + filled(size // 2, lambda n: f"delete element inet t s {{ {address(n)} }}\n")
    ),
    "flushes": lambda size: repeated(size, "flush ruleset\ntable t {}\n"),
    "includes of nothing": lambda size: repeated(size, 'include "x*.nft"\n') + _table("accept\n"),
    "includes of itself": lambda size: repeated(size, 'include "./r.nft"\n'),
    "includes of everything": lambda size: (
        repeated(size, 'include "*/*/*/*.nft"\n') + _table("accept\n")
    ),
}
_RULES: dict[str, Make] = {
    "flat": _rules(
        lambda n: (
            f"ip saddr {address(n)} tcp dport {n * 7919 % 65536} {'accept' if n % 3 else 'drop'}"
        )
    ),
    "tiny rules": lambda size: _table(repeated(size // 2, "drop\n")),
    "ranges": _rules(
        lambda n: (
            f"tcp sport {n * 7919 % 30000}-{30000 + n * 104729 % 30000} tcp dport"
            f" {n * 31 % 30000}-{30001 + n * 37 % 30000} {'accept' if n % 2 else 'drop'}"
        )
    ),
    "address ranges": _rules(
        lambda n: (
            f"ip saddr 0.0.0.1-{address(n)} ip daddr {address(7 * n)}-250.0.0.{n % 256}"
            f" {'accept' if n % 2 else 'drop'}"
        )
    ),
    "masks": _rules(
        lambda n: f"ip saddr & {address(n)} == {address(n)} {'accept' if n % 2 else 'drop'}"
    ),
    "masks that differ": _rules(
        lambda n: f"ip saddr & {address(n)} != {address(n)} {'accept' if n % 2 else 'drop'}"
    ),
    "marks": _rules(lambda n: f"ip saddr {address(n)} meta mark set meta mark | {1 << n % 32}"),
    "marks by ports": _rules(
        lambda n: f"tcp dport {n % 65536} meta mark set {n}\nmeta mark {n + 1} accept"
    ),
    "marks shifted": _rules(
        lambda n: (
            f"tcp dport {n % 65536} meta mark set meta mark ^ {n}\nmeta mark & {n + 1} == {n & n + 1} accept"
        )
    ),
    "connection marks": _rules(
        lambda n: f"tcp dport {n % 65536} ct mark set {n}\nmeta mark set ct mark"
    ),
    "interfaces": _rules(lambda n: f'iifname "i{n}" oifname != "o{n}" accept'),
    "interface patterns": _rules(lambda n: f'iifname "i{n}*" accept'),
    "unread": _rules(lambda n: f"@th,{n % 900},16 {n % 65536} {'accept' if n % 2 else 'drop'}"),
    "unread and addresses": _rules(
        lambda n: (
            f"ip saddr {address(n)} @th,{n % 900},16 {n % 65536} {'accept' if n % 2 else 'drop'}"
        )
    ),
    "limits": _rules(lambda n: f"limit rate {n + 1}/second drop"),
    "random": _rules(
        lambda n: f"numgen random mod {n % 200 + 2} 0 {'accept' if n % 2 else 'drop'}"
    ),
    "hashes": _rules(
        lambda n: f"jhash ip saddr mod {n % 200 + 2} 0 {'accept' if n % 2 else 'drop'}"
    ),
    "a rule of addresses": _list("ip saddr { ", lambda n: f"{address(n)},", " } accept"),
    "rules of many addresses": _list("ip saddr { ", lambda n: f"{address(n)},", " } accept", 50),
    "a rule of ports": _list("tcp dport { ", lambda n: f"{n * 7919 % 65536},", " } accept"),
    "a rule of prefixes": _list(
        "ip saddr { ", lambda n: f"{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}.0/25,", " } accept"
    ),
    "a rule of three lists": lambda size: _table(
        f"ip saddr {{ {filled(size // 6, lambda n: address(n) + ',')[:-1]} }}"
        f" ip daddr {{ {filled(size // 6, lambda n: address(3 * n) + ',')[:-1]} }}"
        f" tcp dport {{ {filled(size // 6, lambda n: str(n * 7 % 65536) + ',')[:-1]} }} accept\n"
    ),
    "a rule of pairs": _list(
        "ip saddr . tcp dport { ", lambda n: f"{address(n)} . {n * 7919 % 65536},", " } accept"
    ),
    "a rule of pairs of ranges": _list(
        "ip saddr . ip daddr . tcp dport { ",
        lambda n: (
            f"{address(n)}-11.0.0.{n % 256} . {address(3 * n)}-12.0.0.{n % 256} . {n * 7 % 30000}-{40000 + n % 999},"
        ),
        " } accept",
    ),
    "a map of verdicts": _list(
        "ip saddr vmap { ", lambda n: f"{address(n)} : {('accept', 'drop')[n % 2]},", " }"
    ),
    "a map of ranges and verdicts": _list(
        "tcp sport . tcp dport vmap { ",
        lambda n: (
            f"{2 * n % 65000}-{2 * n % 65000 + 1} . {n * 7919 % 30000}-{40000 + n % 999} : {('accept', 'drop')[n % 2]},"
        ),
        " }",
    ),
    "a map of jumps": lambda size: _table(
        f"ip saddr vmap {{ {filled(size // 4, lambda n: f'{address(n)} : jump c{n},')[:-1]} }}\n",
        filled(size // 2, lambda n: f"chain c{n} {{ tcp dport {n % 65536} accept; }}\n")
        + filled(size // 12, lambda n: f"chain c{size // 60 + n} {{ }}\n" if 0 else "\n"),
    ),
    "a map of marks": _list(
        "meta mark set ip saddr map { ", lambda n: f"{address(n)} : {n},", " } meta mark 7 accept"
    ),
    "a map of translations": lambda size: (
        "table ip t { chain p { type nat hook prerouting priority dstnat;\n"
        f"dnat to tcp dport map {{ {filled(size, lambda n: f'{n % 65536} : {address(n)},' if n < 65536 else ' ,')[:-1].rstrip(' ,')} }}\n"
        "} }\n" + _table("accept\n")
    ),
    "translations": lambda size: (
        "table ip t { chain p { type nat hook prerouting priority dstnat;\n"
        + filled(size, lambda n: f"tcp dport {n % 65536} dnat to {address(n)}:{n % 60000 + 1}\n")
        + "} }\n"
        + _table("accept\n")
    ),
    "source translations": lambda size: (
        "table ip t { chain p { type nat hook postrouting priority srcnat;\n"
        + filled(size, lambda n: f"ip saddr {address(n)} snat to {address(3 * n)}\n")
        + "} }\n"
        + _table("accept\n")
    ),
    "a set of addresses": _set("type ipv4_addr", lambda n: f"{address(n)},", "ip saddr @s accept"),
    "a set in many rules": _set(
        "type ipv4_addr", lambda n: f"{address(n)},", "ip saddr @s tcp dport 22 accept", 3000
    ),
    "a set of ranges": _set(
        "type ipv4_addr; flags interval",
        lambda n: (
            f"{n >> 14 & 255}.{n >> 6 & 255}.{n * 4 & 255}.0-{n >> 14 & 255}.{n >> 6 & 255}.{n * 4 & 255}.9,"
        ),
        "ip saddr @s accept",
    ),
    "a set that merges": _set(
        "type ipv4_addr; flags interval; auto-merge",
        lambda n: f"0.0.0.1-{address(n)},",
        "ip saddr @s accept",
    ),
    "a set of pairs of ranges": _set(
        "type ipv4_addr . inet_service; flags interval",
        lambda n: f"{address(n)}-11.0.0.{n % 256} . {n * 7 % 30000}-{40000 + n % 999},",
        "ip saddr . tcp dport @s accept",
    ),
    "a set with timeouts": _set(
        "type ipv4_addr; flags timeout",
        lambda n: f"{address(n)} timeout 9m expires 5m,",
        "ip saddr @s accept",
    ),
    "a set with comments": _set(
        "type ipv4_addr", lambda n: f'{address(n)} comment "c {n}",', "ip saddr @s accept"
    ),
    "a set of names": _set(
        "type ifname; flags interval", lambda n: f'"i{n}",', "iifname @s accept"
    ),
    "a named map of jumps": _map(
        "type ipv4_addr : verdict",
        lambda n: f"{address(n)} : jump c{n % 100},",
        "ip saddr vmap @s",
        "".join(f"chain c{n} {{ tcp dport {n} accept; }}\n" for n in range(100)),
    ),
    "a map of translated ports": lambda size: (
        "table ip t { map m { type inet_service : ipv4_addr . inet_service; elements = { "
        + filled(
            size, lambda n: f"{n} : {address(n)} . {n % 999 + 1}," if n < 65536 else " ,"
        ).rstrip(" ,")
        + " } }\nchain p { type nat hook prerouting priority dstnat; dnat to tcp dport map @m\n} }\n"
        + _table("accept\n")
    ),
    "sets": lambda size: _table(
        "accept\n", filled(size, lambda n: f"set s{n} {{ type ipv4_addr; }}\n")
    ),
    "a ladder of 14, plain": _ladder(lambda _: "", 14),
    "a ladder of 14, by source": _ladder(lambda n: f"ip saddr 0.0.0.0-{address(n)}", 14),
    "a ladder of 14, by port": _ladder(lambda n: f"tcp dport {n * 31 % 60000}-65535", 14),
    "a ladder of 14, by mark": _ladder(lambda n: f"meta mark & {1 << n % 32} != 0", 14),
    "a ladder of 14 that marks": _ladder(lambda n: f"meta mark set meta mark | {1 << n % 32}", 14),
    "a ladder of 14, by chance": _ladder(lambda _: "numgen random mod 2 0", 14),
    "a ladder of 14, unread": _ladder(lambda n: f"@th,{n % 900},8 7", 14),
    "a ladder without end": _ladder(lambda _: "", 1 << 20),
}


def _includes(size: int) -> dict[str, str]:
    """Small files, all of them included by globs, again and again."""
    count = size // 300
    files = {f"d/f{n}.nft": f"define d{n} = {n}\n" for n in range(min(count, 2000))}
    return files | {"r.nft": 'include "d/*.nft"\n' * 6 + _table("accept\n")}


def _including(size: int) -> dict[str, str]:
    """Files of which each includes the next one twice."""
    last = min(15, max(2, size // 500))
    files = {f"f{n}.nft": f'include "f{n + 1}.nft"\ninclude "f{n + 1}.nft"\n' for n in range(last)}
    return files | {f"f{last}.nft": "# end\n", "r.nft": 'include "f1.nft"\n' + _table("accept\n")}


def _large(size: int) -> dict[str, str]:
    return {"f.nft": "# x\n" * (size // 8), "r.nft": 'include "f.nft"\n' * (size // 40)}


def shapes() -> Iterator[Shape]:
    """All of them."""
    for name, make in _TEXTS.items():
        yield one("nft", "r.nft", name, make)
    for name, make in _RULES.items():
        yield routed("nft", "r.nft", name, make)
    yield Shape("nft: globs of many files", _includes, (bare("r.nft"),))
    yield Shape("nft: files that include the next one twice", _including, (bare("r.nft"),))
    yield Shape("nft: a large file included often", _large, (bare("r.nft"),))
