"""The kernel as judge: what it lists of an export, and of the same with a change."""

import fnmatch
import re
from functools import lru_cache
from ipaddress import ip_network
from typing import Literal

from tests.lost.change import Change
from tests.lost.drawn import kernel
from tests.lost.exports import Export
from tests.lost.proofs import nft_json
from tests.oracles.kernel.netfilter import Kind
from tests.oracles.kernel.worker import OracleDiedError

_MASKED = re.compile(r"(--ct(?:orig|repl)(?:src|dst) )(\S+/\d+)(?!\S)")
_INCLUDE = re.compile(r'^\s*include "(?:\./)?([^"]*)"', re.MULTILINE)


Proof = Literal["same", "differs", "unknown", "unasked"]


def proof(export: Export, change: Change) -> Proof:
    """Whether the kernel lists the same of both; what it refuses is not the same as anything."""
    if kernel() is None:
        return "unasked"
    said = _said(export, export.text, change.made(export.text))
    if not said and (alone := _alone(export.text, change)):
        said = _said(export, *alone)
    if any(said) or nft_json.is_same(export.text, change.made(export.text)):
        # The same by its form may be for a newer nft than the one that is here.
        return "same"
    return "differs" if said else "unknown"


def listings(export: Export, change: Change) -> list[tuple[str, str]]:
    """What each firewall lists of the export, and of the same with the change."""
    after = change.made(export.text)
    variants = ("legacy", "nft")
    return [
        (_listing(export, export.text, each), _listing(export, after, each)) for each in variants
    ]


def _said(export: Export, before: str, after: str) -> list[bool]:
    """Whether each firewall that takes the text lists the same of the other one."""
    # The two firewalls of iptables list what they were given in their own words.
    listed = {each: _listing(export, before, each) for each in ("legacy", "nft")}
    return [_listing(export, after, each) == one for each, one in listed.items() if one]


_RULE = re.compile(r"\s*(?:\[\d+:\d+\]\s*)?(?:-A|-I|--append|--insert)\s")
_ORDERS = re.compile(r"^\s*(?:\[\d+:\d+\]\s*)?-(?!A|I|N|P|-append|-insert)", re.MULTILINE)


def _alone(text: str, change: Change) -> tuple[str, str] | None:
    """What is before and after in tables without the other rules, which need sets, or are old.

    What a line says does not depend on other rules, but for `-I`, which counts them, and orders
    such as `-F`.
    """
    if not re.search(r"^\*\w+$", text, re.MULTILINE) or _ORDERS.search(text):
        return None
    first = text.rfind("\n", 0, change.start) + 1
    last = max(change.end, first)
    if change.end == change.start or text[change.end - 1] != "\n":
        last = text.find("\n", change.end) + 1 or len(text)
    head, tail = _without_rules(text[:first]), _without_rules(text[last:])
    after = text[first : change.start] + change.put + text[change.end : last]
    if re.search(r"-I|--insert", text[first:last] + after):
        return None
    return f"{head}{text[first:last]}{tail}", f"{head}{after}{tail}"


def _without_rules(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not _RULE.match(line))


@lru_cache(maxsize=8)
def _listing(export: Export, text: str, variant: str) -> str:
    """What the kernel lists of the files; empty where it refuses one."""
    asked = kernel()
    assert asked
    read = files(export, text, variant)
    try:
        if asked.load(read):
            return ""
        return "\n".join(_plain(asked.save(_printer(kind))) for kind, _ in read)
    except (OracleDiedError, RuntimeError):
        asked.restart()
        return ""


def files(export: Export, text: str, variant: str) -> tuple[tuple[Kind, str], ...]:
    """What the kernel is given of an export, with this text in place of the one that is changed."""
    found: list[tuple[Kind, str]] = []
    said = dict(export.files) | {export.changed: text}
    for name, whole in export.files:
        if name in export.read:
            kind = _kind(name, whole, variant)
            # nft in the namespace has no files: what is included is put in its place.
            found.append((kind, _by_itself(said[name], said) if kind == "nft" else said[name]))
    # Sets come before the rules that name them.
    return tuple(sorted(found, key=lambda each: each[0] != "ipset"))


def _by_itself(text: str, files: dict[str, str]) -> str:
    """The file with what it includes; libnftables keeps the variables of files before."""
    return re.sub(r"^(\s*)define ", r"\1redefine ", _included(text, files), flags=re.MULTILINE)


def _included(text: str, files: dict[str, str]) -> str:
    def put(found: re.Match[str]) -> str:
        names = fnmatch.filter(sorted(files), found[1])
        return "\n".join(files[name] for name in names) or found[0]

    return _INCLUDE.sub(put, text)


def _kind(name: str, text: str, variant: str) -> Kind:
    if re.match(r"(?:#.*\n|\s)*create ", text):
        return "ipset"
    if text.lstrip()[:1] == "{":
        return "nft-json"
    if not re.search(r"^\*\w+$", text, re.MULTILINE):
        return "nft"
    family: Literal["ip6tables", "iptables"] = (
        "ip6tables" if "ip6tables-save" in text or name.endswith("6") else "iptables"
    )
    kinds: dict[str, Kind] = {
        "iptables-legacy": "iptables-legacy",
        "iptables-nft": "iptables-nft",
        "ip6tables-legacy": "ip6tables-legacy",
        "ip6tables-nft": "ip6tables-nft",
    }
    return kinds[f"{family}-{variant}"]


def _printer(kind: Kind) -> Kind:
    return "nft" if kind == "nft-json" else kind


def _plain(text: str) -> str:
    """The listing without the time, comments, counters, and what is made anew for each set."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    if lines and lines[0].startswith("create "):
        lines.sort()
    plain = re.sub(r"\[\d+:\d+\]|initval \S+|packets \d+ bytes \d+", "", "\n".join(lines))
    # Bits behind a mask are listed, and not compared (net/netfilter/xt_conntrack.c,
    # conntrack_addrcmp).
    plain = _MASKED.sub(lambda found: f"{found[1]}{ip_network(found[2], strict=False)}", plain)
    # Of elements that become one, one of the comments stays, and one of the times.
    plain = re.sub(r' comment "[^"]*"|(?: timeout \w+)? expires \w+', "", plain)
    return re.sub(r"(timeout|expires) \w+", r"\1", plain)
