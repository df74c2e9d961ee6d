"""The second readings of config.xml as judges: the lines that they write for pf."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal
from xml.etree.ElementTree import Element, ParseError, fromstring

from tests.lost.change import Change
from tests.lost.exports import Export
from tests.lost.proofs.known import is_named
from tests.oracles.opnsense.conf import pf_conf as newer
from tests.oracles.pf.evaluate import Pf, Traffic
from tests.oracles.pf.lines import PfConf
from tests.oracles.pf.opnconf import opn_conf
from tests.oracles.pf.packets import packets
from tests.oracles.pf.pfconf import pf_conf

_TRAFFIC: tuple[Traffic, ...] = ("forward", "input", "output")
_PACKETS = 150
_FAILURES = (ParseError, ValueError, LookupError, AttributeError, TypeError, AssertionError)
_Reading = Callable[[Element], PfConf]


def proof(export: Export, change: Change) -> Literal["same", "differs", "unknown"]:
    """Whether a reading that knows the element writes the same lines for both."""
    tags = change.path.rpartition("/@")[0] or change.path
    is_opnsense = "<opnsense" in export.text
    said: list[bool] = []
    for folder, reading in _readings(is_opnsense=is_opnsense):
        # What a reading does not know has no effect in it, and that proves nothing.
        if not is_named(tags.rpartition("/")[2], folder):
            continue
        before = _conf(reading, export.text)
        if before:
            said.append(_is_same(before, _conf(reading, change.made(export.text))))
    if not said:
        return "unknown"
    return "same" if any(said) else "differs"


def _readings(*, is_opnsense: bool) -> Iterator[tuple[str, _Reading]]:
    if is_opnsense:
        yield "opnsense", newer
        yield "pf", opn_conf
    else:
        yield "pf", pf_conf


def _is_same(before: PfConf, after: PfConf | None) -> bool:
    """Whether the rules are the same, or what becomes of packets at the bounds of both."""
    if after is None:
        return False
    if not before.is_enabled or not after.is_enabled:
        return before.is_enabled == after.is_enabled
    return _used(before) == _used(after) or _judges_alike(before, after)


def _used(conf: PfConf) -> str:
    """The rules, and the tables that they name."""
    whole = str(conf)
    rules = [
        # pf.conf(5): rules that pass keep state if they say nothing of it.
        re.sub(r" keep state(?! \()", "", line)
        for line in whole.splitlines()
        if not line.startswith("table ") and not _is_of_other_family(line, conf)
    ]
    text = "\n".join(rules)
    tables = [f"{name} {words}" for name, words in conf.tables.items() if name in text]
    return "\n".join([*tables, text, f"{conf.groups} {conf.apart}"])


def _is_of_other_family(line: str, conf: PfConf) -> bool:
    """Whether a rule for IPv6 is about a table of IPv4 addresses only: it matches nothing."""
    if " inet6 " not in line:
        return False
    found = (conf.tables.get(name) for name in re.findall(r"(?:from|to) <(\w+)>", line))
    return any(words and not any(":" in word or "?" in word for word in words) for words in found)


def _judges_alike(before: PfConf, after: PfConf) -> bool:
    try:
        one, other = Pf(before), Pf(after)
        devices = sorted({name for each in before.groups.values() for name in each})
        devices += sorted(set(re.findall(r"\bon !? ?(\w+[\d.]+)", str(before))) - set(devices))
        for traffic in _TRAFFIC:
            for made in (one, other):
                for packet in packets(made, traffic, devices, _PACKETS, 1):
                    if one.possible(packet, traffic) != other.possible(packet, traffic):
                        return False
    except _FAILURES:
        return False
    return True


@lru_cache(maxsize=8)
def _conf(reading: _Reading, text: str) -> PfConf | None:
    """The rules for a config; None where it cannot be read."""
    try:
        return reading(fromstring(text))
    except _FAILURES:
        return None
