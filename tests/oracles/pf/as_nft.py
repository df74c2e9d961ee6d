"""pf's rules as rules of nft, so that the Linux kernel can say what the last match is.

The packet's mark holds the verdict of the last rule that matched, and the tags. A quick rule
returns; the chain that called drops what is marked so. Interfaces are those that the kernel's
namespace has.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from tests.oracles.pf.lines import PfConf
from tests.oracles.pf.rule import Addresses, Interval, Rule, read

DEVICES = {"em0": "eth0", "em1": "eth1", "em2": "wan", "em1.20": "tun0"}
_PASS, _BLOCK, _VERDICT = 1, 2, 3
_TAGS = {"RED": 0x10, "BLUE": 0x20, "dhcpin": 0x40}
_ALL_TAGS = 0x70


def known_rules(conf: PfConf) -> list[Rule]:
    """The filter rules that depend on nothing unknown."""
    return [rule for rule in (read(line, conf) for line in conf.filters) if _is_known(rule)]


def _is_known(rule: Rule) -> bool:
    ends = [end for end in (rule.source, rule.target) if end is not None]
    unknown = [name for end in ends for name in end.unknown if not name.startswith("?local")]
    return not (unknown or rule.line.schedule or rule.has_limit)


def as_nft(rules: list[Rule]) -> str:
    """A table that judges forwarded packets on both sides, and those for the machine on one."""
    sides = ["in", "out"]
    chains = ["\n".join([f"chain {side}bound {{", *_side(rules, side), "}"]) for side in sides]
    both = [f"jump {side}bound\n{_verdict()}" for side in sides]
    start = f"meta mark set mark and {~_ALL_TAGS & ~_VERDICT & 0xFFFFFFFF:#x}"
    return "\n".join(
        [
            "table inet pf {",
            *chains,
            "chain through {\ntype filter hook forward priority 0; policy accept;",
            *(start, *both, "}"),
            "chain to {\ntype filter hook input priority 0; policy accept;",
            *(start, both[0], "}", "}", ""),
        ]
    )


def _verdict() -> str:
    return (
        f"meta mark and {_VERDICT:#x} == {_BLOCK:#x} drop\n"
        f"meta mark set mark and {~_VERDICT & 0xFFFFFFFF:#x}"
    )


def _side(rules: list[Rule], side: str) -> Iterator[str]:
    for rule in rules:
        if rule.direction in ("", side):
            for match in _matches(rule, "iifname" if side == "in" else "oifname"):
                yield f"{match} {_marked(rule)}{' return' if rule.is_quick else ''}"


def _marked(rule: Rule) -> str:
    cleared, value = 0, 0
    if rule.action != "match":
        cleared, value = _VERDICT, _PASS if rule.action == "pass" else _BLOCK
    if rule.tag:
        cleared, value = cleared | _ALL_TAGS, value | _TAGS[rule.tag]
    return f"meta mark set mark and {~cleared & 0xFFFFFFFF:#x} or {value:#x}"


def _matches(rule: Rule, device: str) -> Iterator[str]:
    """The matches for each family, and for TCP apart from the rest where flags matter."""
    if rule.interfaces == frozenset():
        return
    for family in (rule.family,) if rule.family else (4, 6):
        ends = [_end(rule.source, "saddr", family), _end(rule.target, "daddr", family)]
        if None in ends:
            continue
        words = [f"meta nfproto ipv{family}", _interfaces(rule, device), *map(str, ends)]
        if rule.tagged:
            bit = _TAGS[rule.tagged]
            words.append(f"meta mark and {bit:#x} == {0 if rule.is_not_tagged else bit:#x}")
        for protocols in _protocols(rule):
            yield " ".join(filter(None, [*words, protocols]))


def _interfaces(rule: Rule, device: str) -> str:
    if rule.interfaces is None:
        return ""
    names = ", ".join(f'"{DEVICES.get(name, name)}"' for name in sorted(rule.interfaces))
    return f"{device} {'!= ' if rule.is_elsewhere else ''}{{ {names} }}"


def _end(asked: Addresses | None, word: str, family: int) -> str | None:
    """The test of an address; None where no packet of the family passes it."""
    if asked is None:
        return ""
    known = asked.of4 if family == 4 else asked.of6
    if not known:
        return "" if asked.is_negated else None
    kind = IPv4Address if family == 4 else IPv6Address
    listed = ", ".join(f"{kind(first)}-{kind(last)}" for first, last in _merged(known))
    negation = "!= " if asked.is_negated else ""
    return f"{'ip' if family == 4 else 'ip6'} {word} {negation}{{ {listed} }}"


def _merged(known: tuple[Interval, ...]) -> list[Interval]:
    """The intervals without overlaps, which nft refuses in a set."""
    merged: list[Interval] = []
    for first, last in sorted(known):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _protocols(rule: Rule) -> Iterator[str]:
    """The tests of protocols, ports and types; flags are for TCP only, so TCP stands apart."""
    tests = []
    for ports, name in ((rule.source_ports, "sport"), (rule.target_ports, "dport")):
        if ports is not None:
            listed = ", ".join(f"{first}-{last}" for first, last in _merged(ports))
            tests.append(f"th {name} {{ {listed} }}")
    if rule.icmp_types is not None:
        header = "icmpv6" if rule.protocols == frozenset({58}) else "icmp"
        tests.append(f"{header} type {{ {', '.join(map(str, sorted(rule.icmp_types)))} }}")
    others = rule.protocols
    if rule.flags is not None and (others is None or 6 in others):
        wanted, mask = rule.flags
        yield " ".join(["meta l4proto tcp", *tests, f"tcp flags & {mask:#x} == {wanted:#x}"])
        if others is None:
            yield "meta l4proto != tcp"
            return
        others -= {6}
    if others is None:
        yield " ".join(tests)
    elif others:
        yield " ".join([f"meta l4proto {{ {', '.join(map(str, sorted(others)))} }}", *tests])
