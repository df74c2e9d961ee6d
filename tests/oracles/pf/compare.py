"""Holds fwlint's answers against those of the own reading of pfSense."""

import tempfile
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from flowmodel.packet import Packet
from flowmodel.ruleset import RuleSet
from linter.engine.device.trace import Trace, Tracer
from parsers import read_exports
from tests.oracles.pf.device import Device
from tests.oracles.pf.evaluate import Pf, Traffic
from tests.oracles.pf.lines import PfConf
from tests.oracles.pf.opnconf import opn_conf
from tests.oracles.pf.packets import packets
from tests.oracles.pf.pfconf import pf_conf
from tests.oracles.pf.tree import has, written

SITUATIONS: tuple[Traffic, ...] = ("forward", "input", "output")
Build = Callable[[Element], Pf]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A packet of which the two say different things."""

    traffic: Traffic
    packet: Packet
    expected: frozenset[str]
    answer: Trace

    def __str__(self) -> str:
        return (
            f"{self.traffic} {self.packet}\n  pf: {' or '.join(sorted(self.expected))}\n"
            f"  fwlint: {self.answer.verdict}: {self.answer.text} {self.answer.unread}"
        )


@dataclass(slots=True)
class Tally:
    """What a run of comparisons has seen."""

    configs: int = 0
    verdicts: int = 0
    accepted: int = 0
    certain: int = 0
    wider: int = 0
    """How often fwlint says unknown where the config tells more."""
    reasons: set[str] = field(default_factory=set)
    """Why it then does."""

    def __str__(self) -> str:
        return (
            f"{self.configs} configs, {self.verdicts} verdicts, {self.accepted} accepted, "
            f"{self.certain} certain, {self.wider} wider"
        )


def read(root: Element) -> tuple[RuleSet, ...]:
    """fwlint's reading of the config."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config.xml")
        path.write_text(written(deepcopy(root)), encoding="utf-8")
        return read_exports([str(path)])


def oracle(root: Element) -> Pf:
    """The own reading of the config."""
    return Pf(conf(root))


def conf(root: Element) -> PfConf:
    """The rules that the product of the config makes of it."""
    return opn_conf(root) if root.tag == "opnsense" else pf_conf(root)


def questions(root: Element, pf: Pf, count: int, seed: int) -> dict[Traffic, list[Packet]]:
    """Packets for each traffic, most of them forwarded."""
    device = Device(root)
    every = {name: each for name, each in device.interfaces.items() if not has(each, "virtual")}
    devices = sorted(device.device(name) for name in every)
    found = {}
    for traffic, share in zip(SITUATIONS, (0.6, 0.25, 0.15), strict=True):
        made = packets(pf, traffic, devices, int(count * share), seed)
        if root.tag == "opnsense":
            made = [each for each in made if not _is_link_local(each)]
        found[traffic] = made
    return found


def _is_link_local(packet: Packet) -> bool:
    """Whether an end is in fe80::/10: which of OPNsense's networks have them depends on it."""
    return packet.family == 6 and 0xFE80 >> 6 in (packet.src >> 118, packet.dst >> 118)


def compare(
    rulesets: Sequence[RuleSet],
    pf: Pf,
    asked: dict[Traffic, list[Packet]],
    tally: Tally | None = None,
) -> list[Disagreement]:
    """Where fwlint leaves out what may happen, or is certain of another thing."""
    tally = tally or Tally()
    wrong = []
    for traffic, each in asked.items():
        for packet, answer in zip(each, Tracer(rulesets, traffic).traces(each), strict=True):
            expected = pf.possible(packet, traffic)
            tally.verdicts += 1
            tally.accepted += expected == {"accept"}
            tally.certain += len(answer.possible) == 1
            if not expected <= answer.possible:
                wrong.append(Disagreement(traffic, packet, expected, answer))
            elif expected != answer.possible:
                tally.wider += 1
                tally.reasons |= set(answer.unread)
    return wrong


def hold(root: Element, count: int, seed: int, tally: Tally, build: Build = oracle) -> None:
    """Compare one config; raises AssertionError with the smallest form of a disagreement."""
    pf = build(root)
    tally.configs += 1
    wrong = compare(read(root), pf, questions(root, pf, count, seed), tally)
    assert not wrong, report(root, wrong[0], build)


def report(root: Element, wrong: Disagreement, build: Build = oracle) -> str:
    """The smallest config on which the packet is judged differently, and what each says."""
    asked = {wrong.traffic: [wrong.packet]}

    def differs(smaller: Element) -> list[Disagreement]:
        found = compare(read(smaller), build(smaller), asked)
        return [each for each in found if _said(each) == _said(wrong)]

    smallest = _shrunk(root, differs)
    last = (differs(smallest) or [wrong])[0]
    return f"{written(deepcopy(smallest))}\n{conf(smallest)}\n\n{last}"


def _said(wrong: Disagreement) -> tuple[frozenset[str], frozenset[str]]:
    return wrong.expected, wrong.answer.possible


def _shrunk(root: Element, differs: Callable[[Element], object]) -> Element:
    """The config with everything left out that the disagreement does not need."""
    current, index = deepcopy(root), 0
    while True:
        places = [(parent, child) for parent in current.iter() for child in parent]
        if index >= len(places):
            return current
        smaller = deepcopy(current)
        pairs = [(parent, child) for parent in smaller.iter() for child in parent]
        parent, child = pairs[index]
        parent.remove(child)
        try:
            fails = bool(differs(smaller))
        except Exception:  # noqa: BLE001 - what cannot be read any more is no smaller form
            fails = False
        if fails:
            current = smaller
        else:
            index += 1
