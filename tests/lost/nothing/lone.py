"""Entries of sets that decide nothing beside the others (ipset(8))."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_network

_ADD = re.compile(r"^add (\S+) (\S+)(.*)\n", re.MULTILINE)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Entries that take something out of a set in which it is not, and empty sets in lists."""
    entries = list(_ADD.finditer(text))
    filled = {match[1] for match in entries}
    names = set(re.findall(r"^create (\S+)", text, re.MULTILINE))
    for match in re.finditer(r"^create (\S+) .*?(family inet6?)", text, re.MULTILINE):
        if match[1] not in filled:
            # A set without entries holds no packet of either family.
            yield match.span(2)
    for match in entries:
        is_member = match[2] in names and match[2] not in filled
        others = (each[2] for each in entries if each[1] == match[1] and "nomatch" not in each[3])
        is_lone = "nomatch" in match[3] and not any(_meet(match[2], each) for each in others)
        if is_member or is_lone:
            yield match.span()


def unneeded(files: Iterable[str], text: str) -> Iterator[tuple[int, int]]:
    """Options about entries with `nomatch`, of a set that has none, and names of empty sets.

    A set with more parts than a rule has flags for is an empty one to it (ip_set_core.c,
    ip_set_test; xt_set.c).
    """
    sets = "\n".join(files)
    for match in re.finditer(
        r"--match-set (\S+) (\S+)((?:(?! -m | -j ).)* --return-nomatch)?", text
    ):
        name = re.escape(match[1])
        entries = re.findall(rf"^add {name} .*", sets, re.MULTILINE)
        if match[3] and not any(re.search(r" nomatch\b", each) for each in entries):
            yield match.end(3) - len(" --return-nomatch"), match.end(3)
        made = re.search(rf"^create {name} \w+:(\S+)", sets, re.MULTILINE)
        if made and (not entries or match[2].count(",") < made[1].count(",")):
            yield match.span(1)


def _meet(one: str, other: str) -> bool:
    """Whether a packet can be in both entries."""
    pairs = zip(one.split(","), other.split(","), strict=False)
    return all(_overlap(first, second) for first, second in pairs)


def _overlap(first: str, second: str) -> bool:
    try:
        return ip_network(first, strict=False).overlaps(ip_network(second, strict=False))
    except (ValueError, TypeError):
        return first == second or "-" in first + second
