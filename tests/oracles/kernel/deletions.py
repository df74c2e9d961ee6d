"""Rules that fwlint says nothing depends on, taken out of what the kernel has.

What would give false answers: a rule set in which the kernel has dice or a memory (`limit`), and
packets that never come to the hook; the strategies and `packets` keep them out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from flowmodel.packet import Packet
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from fwlint.loading import site_of
from linter.checks.evaluation import evaluate
from linter.checks.rulebase.judged import judged
from linter.checks.subject import Subject
from tests.oracles.kernel.cases import Case, RuleText
from tests.oracles.kernel.compare import Comparison, read, written
from tests.oracles.kernel.packets import (
    boundary_packets,
    connected,
    interface_pairs,
    is_believable,
    tidied,
)
from tests.oracles.kernel.worker import Kernel

TELLING = frozenset({"FW301", "FW302", "FW303", "FW314"})
_LATER = 40
_DICE = (
    "statistic",
    "limit",
    "quota",
    "recent",
    "queue",
    "QUEUE",
    "numgen",
    "cpu",
    "random",
    "hash ",
    "add @",
    "-j SET",
)


@dataclass(slots=True)
class Deletions:
    """What a run has seen."""

    cases: int = 0
    claimed: int = 0
    """Rules without which nothing changes, as fwlint says."""
    reported: int = 0
    """Those of them that a check reports."""
    verdicts: int = 0

    def __str__(self) -> str:
        return (
            f"{self.cases} rule sets, {self.claimed} rules without which nothing changes "
            f"({self.reported} reported), {self.verdicts} verdicts without them"
        )


def lines(case: Case) -> dict[int, RuleText]:
    """The case's rules by their line; of equal neighbours the last one."""
    (text,) = (text for kind, text in case.files() if kind != "ipset")
    every = text.splitlines()
    found: dict[int, RuleText] = {}
    for rule in case.rules:
        (shorter,) = (text for kind, text in _without(case, [rule]).files() if kind != "ipset")
        others = shorter.splitlines()
        same = (one == other for one, other in zip(every, [*others, ""], strict=False))
        found[next(number for number, is_same in enumerate(same, 1) if not is_same)] = rule
    return found


def subject_of(rulesets: Sequence[RuleSet]) -> Subject:
    """The rule sets as one device without a site."""
    site = site_of(["kernel"])
    both = {site.name: tuple(rulesets)}
    return Subject(site, both, both, room=1 << 17)


def idle_lines(rulesets: Sequence[RuleSet]) -> set[int]:
    """The lines of the rules without which nothing changes, each taken away for itself."""
    by_line: dict[int, list[bool]] = {}
    for each in judged(subject_of(rulesets)):
        is_idle = each.never_matches or each.is_shadowed or each.is_redundant
        by_line.setdefault(each.rule.line, []).append(is_idle)
    return {line for line, idle in by_line.items() if all(idle) and len(idle) == 1}


def reported(rulesets: Sequence[RuleSet]) -> tuple[set[int], list[Packet]]:
    """The lines that the checks report as without effect, and the packets that they show."""
    subject = subject_of(rulesets)
    outcome = evaluate(subject.site, subject.rulesets, asked=TELLING.__contains__)
    assert not outcome.failed, outcome.failed
    idle = {each.span.line for each in outcome.findings if "open no connection" not in each.remedy}
    shown = [each.example.packet for each in outcome.findings if each.example is not None]
    return idle, shown


def is_certain(case: Case) -> bool:
    """Whether the kernel says of one packet the same each time."""
    text = "\n".join(text for _, text in case.files())
    return not any(word in text for word in _DICE)


def held(kernel: Kernel, case: Case, count: int, seen: Deletions) -> None:
    """Takes rules away, each for itself and all reported ones together; raises AssertionError."""
    rulesets = read(written(case))
    by_line = lines(case)
    idle, shown = reported(rulesets)
    claimed = idle_lines(rulesets)
    random = Random("".join(text for _, text in case.files()))
    packets = [*boundary_packets(case, count, random), *_placed(case, shown)]
    later = connected(random.sample(packets, min(_LATER, len(packets))), random)
    if kernel.load(case.files()):
        return
    seen.cases += 1
    before = kernel.judge(case.hook, packets)
    known = _known(kernel, case, later)
    seen.claimed += len(claimed)
    seen.reported += len(idle)
    groups = [[by_line[line]] for line in sorted(claimed & by_line.keys())]
    together = [by_line[line] for line in sorted(idle & by_line.keys())]
    for number, gone in enumerate([*groups, together]):
        smaller = _without(case, gone)
        assert kernel.load(smaller.files()) == ""
        after = kernel.judge(case.hook, packets)
        seen.verdicts += len(packets)
        for packet, one, other in zip(packets, before, after, strict=True):
            assert one == other, _report(case, gone, packet, one, other)
        if number % 4 == 0 or gone is together:
            for packet, one, other in zip(
                later, known, _known(kernel, smaller, later), strict=True
            ):
                assert one == other, _report(case, gone, packet, one, other)


def _known(kernel: Kernel, case: Case, packets: Sequence[Packet]) -> bytes:
    return Comparison(kernel, 0).later_fates(case, packets) if packets else b""


def _without(case: Case, gone: Iterable[RuleText]) -> Case:
    lost = {id(each) for each in gone}
    return case.keeping(lambda rule: id(rule) not in lost)


def _placed(case: Case, packets: Iterable[Packet]) -> list[Packet]:
    """The packets as they can come to the case's hook, at interfaces that there are."""
    pairs = interface_pairs(case)
    found: dict[Packet, None] = {}
    for packet in packets:
        if packet.family != case.family:
            continue
        for names in pairs:
            if packet.in_name in ("", names[0]) and packet.out_name in ("", names[1]):
                moved = replace(packet, in_name=names[0], out_name=names[1], ct_dir=0)
                found[tidied(moved)] = None
                break
    return [packet for packet in found if is_believable(packet)]


def _report(case: Case, gone: Sequence[RuleText], packet: Packet, one: int, other: int) -> str:
    text = "\n".join(text for _, text in case.files())
    without = "\n".join(rule.line for rule in gone)
    return f"at {case.hook}, {packet}: {one}, and {other} without\n{without}\nof\n{text}"
