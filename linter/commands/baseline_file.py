"""The file of a baseline: findings as JSON, with what tells whether a later one is no worse."""

import os
import re
from argparse import Namespace
from collections.abc import Sequence
from datetime import date
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final, TypeVar, cast

from flowfiles.reach import STANDARD_INPUT, Reach
from flowmodel.affected import Affected, Certainty, PacketBox
from flowmodel.baseline import Baseline, Entry
from flowmodel.fields import Family
from flowmodel.finding import LEVELS, Finding
from flowmodel.ruleset import Traffic
from flowmodel.site import Site
from flowmodel.source import COMMAND_LINE, InputError, Span
from flowmodel.values import Values, union
from linter.checks.catalogue import IDS
from linter.report.json_data import packets
from linter.report.visible import as_json, compact_ranges
from parsers.shared.json_nodes import Words, documents
from parsers.shared.node import Node
from parsers.shared.reading import read_source, start_of

_Value = TypeVar("_Value", bound=str)

MARK: Final = "fwlint-baseline"
VERSION: Final = 1
_WORDS: Final = Words("a baseline", "fwlint")
_FAMILIES: Final[dict[Any, Family]] = {4: 4, 6: 6}
_HOOKS: Final[tuple[Traffic, ...]] = ("input", "forward", "output")
_CERTAINTIES: Final[tuple[Certainty, ...]] = ("certain", "possible")
_BITS: Final = {4: 32, 6: 128}
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_FILE: Final = (MARK, "site", "exports", "made", "expires", "findings")
_FINDING: Final = (
    "check",
    "device",
    "flow",
    "key",
    "level",
    "certainty",
    "message",
    "about",
    "packets",
)
_PACKETS: Final = ("complete", "digest", "boxes")
_NUMBERS: Final = {
    "protocols": 255,
    "source_ports": 65535,
    "destination_ports": 65535,
    "icmp_types": 255,
    "icmp_codes": 255,
}
_ADDRESSES: Final = ("sources", "destinations")
_BOX: Final = ("family", "certainty", "hook", "in", "out", *_NUMBERS, *_ADDRESSES)


def text_of(
    site: str,
    exports: Sequence[str],
    made: date,
    expires: date,
    accepted: Sequence[Entry | Finding],
) -> str:
    """The file of a baseline that accepts these."""
    document = {
        MARK: VERSION,
        "site": site,
        "exports": list(exports),
        "made": made.isoformat(),
        "expires": expires.isoformat(),
        "findings": [_data(each) for each in accepted],
    }
    return compact_ranges(as_json(document, indent=1)) + "\n"


def _data(each: Entry | Finding) -> dict[str, Any]:
    return {
        "check": each.check,
        "device": each.device,
        "flow": each.flow,
        "key": list(each.key),
        "level": each.level,
        "certainty": each.certainty,
        "message": each.message,
        "about": list(each.about),
        "packets": _packets(each.affected),
    }


def _packets(affected: Affected | None) -> dict[str, Any] | None:
    """The packets as data; bounds of what is not exact are no use to compare anything."""
    if affected is None:
        return None
    exact = packets(affected) if affected.is_complete else {"complete": False, "boxes": []}
    return {"complete": exact["complete"], "digest": affected.digest, "boxes": exact["boxes"]}


def read_baseline(path: str, reach: Reach) -> Baseline:
    """The baseline in a file; raises InputError with its place."""
    source = read_source(path, partial(_is_ours, path), reach)
    found = documents(source, _WORDS)
    if len(found) != 1 or type(found[0]) is not Node or MARK not in found[0]:
        raise _no_baseline(path)
    top: Node = found[0]
    _only(top, _FILE, "a baseline")
    if top[MARK] != VERSION or type(top[MARK]) is not int:
        raise top.error(f"expected a baseline of version {VERSION}", MARK)
    return Baseline(
        path,
        _text(top, "site"),
        _day(top, "made"),
        _day(top, "expires"),
        tuple(_entry(each) for each in _nodes(top, "findings")),
        top.member("expires"),
        top.place("site"),
        source,
        _texts(top, "exports"),
    )


def refuse_another(baseline: Baseline, site: Site, arguments: Namespace) -> None:
    """Raises InputError about the baseline of another site, or of other exports."""
    exports = exports_of(site, baseline.path, arguments)
    if (baseline.site, baseline.exports) == (site.name, exports):
        return
    of, now = _said(baseline.site, baseline.exports), _said(site.name, exports)
    if baseline.exports == exports:
        of, now = _said(baseline.site, ()), _said(site.name, ())
    span = baseline.site_span
    raise InputError(
        f"this baseline is of {of}, and what is checked is {now}",
        span,
        baseline.source.lines[span.line - 1],
    )


def _said(site: str, exports: Sequence[str]) -> str:
    listed = ", ".join(f"`{each}`" for each in exports)
    return f"the exports {listed}" if exports else f"site `{site}`"


def exports_of(site: Site, path: str, arguments: Namespace) -> tuple[str, ...]:
    """The exports of a device that no site file names, from the folder of the baseline.

    Of files that are devices each, a hook names now these and now those: it is the folder that
    their names count from.
    """
    folder = os.path.dirname(os.path.abspath(path))  # noqa: PTH100, PTH120
    if arguments.each:
        return (os.path.relpath(os.curdir, folder),)
    named = {
        export
        for device in site.devices
        if all(each.path == COMMAND_LINE for each in device.named)
        for export in device.exports
    }
    return tuple(
        sorted(each if each == STANDARD_INPUT else os.path.relpath(each, folder) for each in named)
    )


def _is_ours(path: str, head: str) -> None:
    """Nothing of a file is shown that is no baseline: it can be anything."""
    if not re.match(r'\s*\{\s*"', head) or f'"{MARK}"' not in head:
        raise _no_baseline(path)


def _no_baseline(path: str) -> InputError:
    return InputError(
        "is no baseline of fwlint; `fwlint baseline SITE -o FILE` writes one", start_of(path)
    )


def _entry(node: Node) -> Entry:
    _only(node, _FINDING, "a finding")
    check = _text(node, "check")
    if check not in IDS:
        raise node.error(f"there is no check {check!r}; `fwlint checks` lists all checks", "check")
    return Entry(
        check,
        _text(node, "device"),
        _text(node, "flow"),
        _texts(node, "key"),
        _one_of(node, "level", LEVELS),
        _one_of(node, "certainty", _CERTAINTIES),
        _text(node, "message"),
        _texts(node, "about"),
        _affected(node),
        node.place("message"),
    )


def _affected(node: Node) -> Affected | None:
    found = node["packets"]
    if found is None:
        return None
    if type(found) is not Node:
        raise node.error("`packets` is neither an object nor null", "packets")
    _only(found, _PACKETS, "packets")
    if type(found["complete"]) is not bool:
        raise found.error("`complete` is neither true nor false", "complete")
    boxes = tuple(_box(each) for each in _nodes(found, "boxes"))
    return Affected(boxes, found["complete"], _text(found, "digest"))


def _box(node: Node) -> PacketBox:
    _only(node, _BOX, "a box of packets")
    family = _FAMILIES.get(node["family"]) if type(node["family"]) is int else None
    if family is None:
        raise node.error("expected 4 or 6", "family")
    numbers = {key: _ranges(node, key, last) for key, last in _NUMBERS.items()}
    addresses = {key: _addresses(node, key, family) for key in _ADDRESSES}
    return PacketBox(
        family=family,
        certainty=_one_of(node, "certainty", _CERTAINTIES),
        hook=_one_of(node, "hook", _HOOKS),
        in_name=_text(node, "in"),
        out_name=_text(node, "out"),
        **numbers,
        **addresses,
    )


def _ranges(node: Node, key: str, last: int) -> Values:
    pairs = _pairs(node, key)
    for pair in pairs:
        if not all(type(each) is int for each in pair) or not 0 <= pair[0] <= pair[1] <= last:
            raise node.error(f"expected ranges from 0 to {last}, such as [[22, 22]]", key)
    return union(cast("list[tuple[int, int]]", pairs))


def _addresses(node: Node, key: str, family: Family) -> Values:
    kind = IPv4Address if family == 4 else IPv6Address
    found: list[tuple[int, int]] = []
    for pair in _pairs(node, key):
        try:
            first, last = (int(kind(str(each))) for each in pair)
        except ValueError:
            first, last = 1, 0
        if first > last:
            raise node.error(f"expected ranges of IPv{family} addresses", key)
        found.append((first, last))
    return union(found)


def _pairs(node: Node, key: str) -> list[tuple[Any, Any]]:
    value = node[key]
    if type(value) is not list or not all(type(each) is list and len(each) == 2 for each in value):
        raise node.error(f"`{key}` is no list of pairs", key)
    return [(first, last) for first, last in value]


def _only(node: Node, keys: Sequence[str], what: str) -> None:
    """Raises InputError for a key that is not known, and for one that is missing."""
    for key in node:
        if key not in keys:
            place = node.key_place(key)
            raise InputError(f"unknown key `{key}` in {what}", place, node.file.line(place))
    missing = [key for key in keys if key not in node]
    if missing:
        raise _at_start(node, f"`{missing[0]}` is missing in {what}")


def _at_start(node: Node, message: str) -> InputError:
    span = node.span
    place = Span(span.path, span.line, span.column, span.line, span.column)
    return InputError(message, place, node.file.line(place))


def _text(node: Node, key: str) -> str:
    if type(node[key]) is not str:
        raise node.error(f"`{key}` is no text", key)
    return cast("str", node[key])


def _texts(node: Node, key: str) -> tuple[str, ...]:
    value = node[key]
    if type(value) is not list or not all(type(each) is str for each in value):
        raise node.error(f"`{key}` is no list of texts", key)
    return tuple(value)


def _nodes(node: Node, key: str) -> list[Node]:
    value = node[key]
    if type(value) is not list or not all(type(each) is Node for each in value):
        raise node.error(f"`{key}` is no list of objects", key)
    return cast("list[Node]", value)


def _one_of(node: Node, key: str, known: Sequence[_Value]) -> _Value:
    for each in known:
        if node[key] == each:
            return each
    raise node.error(f"expected one of {', '.join(known)}", key)


def _day(node: Node, key: str) -> date:
    text = _text(node, key)
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise node.error(f"{text!r} is no day such as 2026-05-31", key)
