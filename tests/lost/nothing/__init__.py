"""What says nothing about packets, by language: each place with the reason, or its source.

A change of such a place need not show. A name that is misspelt is another name: it counts as one
only where everything around it says nothing.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from tests.lost.change import Change
from tests.lost.exports import Export
from tests.lost.nothing import account, config, lone, machine, texts, trees, unnamed
from tests.lost.nothing.place import Nothing
from tests.parsers.contract.subjects import SUBJECTS, index

NOTHING: Final[dict[str, tuple[Nothing, ...]]] = {
    "iptables": texts.IPTABLES,
    "ip6tables": texts.IPTABLES,
    "ipset": texts.IPSET,
    "nftables": texts.NFT,
    "nft-json": texts.NFT_JSON,
    "pfsense": trees.PFSENSE,
    "opnsense": trees.OPNSENSE,
    "aws": trees.AWS,
    "network-firewall": trees.AWS,
    "ip -j": machine.IPROUTE,
}
_NAMES: Final = ("name", "key")
_WITH_ROOM: Final = ("", "/system", "/interfaces", "/OPNsense")
"""Where packages put sections of their own: an unknown one says nothing there (config.xml)."""


def is_nothing(kind: str, export: Export, change: Change) -> bool:
    """Whether the change is of something that says nothing."""
    return _is_on_path(kind, change) or any(
        first <= change.start and change.end <= last and (not deed or change.deed in deed)
        for first, last, deed in _spans(kind, export)
    )


def _is_on_path(kind: str, change: Change) -> bool:
    if not change.path.startswith("/"):
        return False
    parent = change.path.rpartition("/")[0]
    is_free = change.what in _NAMES and parent not in _WITH_ROOM
    if is_free and _says_nothing(kind, change, parent):
        return True
    new = re.match(r"<?([\w.-]+)", change.put)
    paths = (change.path, f"{parent}/{new[1]}") if is_free and new else (change.path,)
    # A name in place of another says nothing where neither does.
    return (not is_free or len(paths) > 1) and all(
        _says_nothing(kind, change, path) for path in paths
    )


def _says_nothing(kind: str, change: Change, path: str) -> bool:
    return any(
        pattern.search(path) and (not deed or change.deed in deed) for pattern, deed in _paths(kind)
    )


@cache
def _paths(kind: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    found = (each for each in NOTHING.get(kind, ()) if each.is_path)
    return tuple((re.compile(each.pattern), each.deed) for each in found)


@lru_cache(maxsize=4)
def _spans(kind: str, export: Export) -> tuple[tuple[int, int, str], ...]:
    return tuple(_found(kind, export))


def _found(kind: str, export: Export) -> Iterator[tuple[int, int, str]]:
    text = export.text
    for each in NOTHING.get(kind, ()):
        for match in () if each.is_path else re.finditer(each.pattern, text, re.MULTILINE):
            group = "said" if "said" in match.groupdict() else 1 if match.re.groups else 0
            yield *match.span(group), each.deed
    if kind in ("nftables", "nft-json"):
        yield from ((first, last, "") for first, last in unnamed.spans(text))
    for pattern in _of_fixture(export):
        for match in re.finditer(pattern, export.text, re.MULTILINE):
            first, last = match.span(1 if match.re.groups else 0)
            # A line is changed with its end.
            yield first, last + 1, ""
    if kind in ("iptables", "ip6tables"):
        unneeded = lone.unneeded((each for _, each in export.files), text)
        yield from ((first, last, "") for first, last in unneeded)
    if kind == "aws":
        yield from account.spans(export)
    if kind in ("pfsense", "opnsense"):
        yield from ((first, last, "") for first, last in config.spans(text))
    if kind == "ipset":
        yield from ((first, last, "") for first, last in lone.spans(text))


def _of_fixture(export: Export) -> Iterator[str]:
    """What the index of fixtures/<dialect>/meaning says of the files in it."""
    for subject in SUBJECTS:
        if export.title.startswith(f"{subject.dialect.name}/meaning/"):
            yield from index(subject).says_nothing
