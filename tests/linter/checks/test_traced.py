"""What `check` shows of a packet, and what `trace` says of the same packet at the same place."""

import shlex
from pathlib import Path

import pytest

from flowmodel.addresses import Addresses
from flowmodel.fields import SYN, TCP
from flowmodel.packet import Packet
from flowmodel.ruleset import Traffic
from flowmodel.source import Span
from linter.checks import proof
from linter.checks.evidence import Evidence
from linter.checks.proof import Case
from linter.cli import main
from linter.engine.device.arrival import arrival
from linter.engine.device.conntrack import fresh_state
from linter.engine.device.trace import Trace, traced
from linter.engine.packet.routing import Own
from linter.engine.sets.space import PacketSet
from linter.engine.sets.witness import example
from tests import ROOT
from tests.pinned import pinned

_FIXTURES = ROOT / "fixtures"
_COMMANDS = {
    path.parent: shlex.split(path.read_text(encoding="utf-8"), comments=True)
    for path in sorted(_FIXTURES.glob("**/command"))
}
_DEMO = _FIXTURES / "demo"
_CASES = [
    *((folder, words) for folder, words in _COMMANDS.items() if words[:1] == ["check"]),
    *((_DEMO, ["check", site.name]) for site in sorted(_DEMO.glob("*.yaml"))),
]
_VERDICTS = {True: {"accept"}, False: {"drop", "reject"}}


@pytest.mark.parametrize(
    ("folder", "command"),
    _CASES,
    ids=[f"{folder.relative_to(_FIXTURES)} {' '.join(words[1:2])}" for folder, words in _CASES],
)
def test_check_and_trace_name_the_same_rule(
    folder: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prove = proof._evidence
    found: list[tuple[Case, bool, Evidence]] = []

    def noted(about: Case, *, accepts: bool) -> Evidence:
        evidence = prove(about, accepts=accepts)
        if about.phase == "opening":
            found.append((about, accepts, evidence))
        return evidence

    monkeypatch.setattr(proof, "_evidence", noted)
    monkeypatch.chdir(folder)
    main(pinned(command))

    assert found or folder != _DEMO
    for about, accepts, evidence in found:
        (answer,) = traced(about.answer.firewall.rulesets, _traffic(about), [_packet(about)])
        _compare(about, evidence, answer, accepts=accepts)


def _traffic(about: Case) -> Traffic | Own:
    """The hook; where the machine's own addresses are known, the packet goes where they say."""
    firewall, traffic = about.answer.firewall, about.answer.place.traffic
    if traffic != "input" or firewall.around is None or not firewall.around.foreign:
        return traffic
    own, foreign = firewall.around.own, firewall.around.foreign
    if about.space.family == 4:
        return Own(Addresses(own, ()), Addresses(foreign, ()))
    return Own(Addresses((), own), Addresses((), foreign))


def _compare(about: Case, evidence: Evidence, answer: Trace, *, accepts: bool) -> None:
    if evidence.is_misled:
        # It may pass or not: what counts is the rule that sends it to the wrong place.
        ways = [answer, *answer.ends]
        assert any(evidence.place.span in _spans(about, way) for way in ways), evidence.witness
        return
    ends = answer.ends or tuple(way.end for way in answer.ways) or (answer,)
    named = [end for end in ends if _place(about, end) == evidence.place.span]
    assert any(end.verdict in _VERDICTS[accepts] for end in named), evidence.witness
    # What the site leaves open, such as whose an address is, `trace` is not asked.
    is_open = answer.verdict == "unknown" or bool(about.doubts)
    assert is_open == (evidence.certainty == "possible"), evidence.witness


def _place(about: Case, end: Trace) -> Span | None:
    if end.rule is not None:
        return end.rule.span
    return end.chain.span if end.chain is not None else about.answer.firewall.span


def _spans(about: Case, end: Trace) -> list[Span | None]:
    return [*(rule.span for rule in end.steps), _place(about, end)]


def _packet(about: Case) -> Packet:
    """The witness as it comes to the device, which others may have translated before."""
    space, place = about.space, about.answer.place
    certain = about.packets.certain
    chosen = example(space, certain if certain != space.false else about.packets.possible)
    one: PacketSet = space.true
    for field in ("src", "dst", "proto", "sport", "dport"):
        one &= space.within(space.fields[field], ((chosen.values[field],) * 2,))
    strand = next(each for each in about.answer.arrivals if each.packets & one != space.false)
    numbers = arrival(space, chosen, strand.header).numbers
    proto, kind = chosen.values["proto"], chosen.values["icmp_type"]
    flags = SYN if proto == TCP else 0
    return Packet(
        family=space.family,
        src=numbers["src"] or 0,
        dst=numbers["dst"] or 0,
        proto=proto,
        sport=numbers["sport"] or 0,
        dport=numbers["dport"] or 0,
        icmp_type=kind,
        icmp_code=chosen.values["icmp_code"],
        tcp_flags=flags,
        in_name=place.in_name,
        out_name=place.out_name,
        state=fresh_state(space.family, proto, kind, flags),
    )
