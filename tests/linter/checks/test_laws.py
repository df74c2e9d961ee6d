"""Laws of the findings: what may and what may not change when the rules are written otherwise."""

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

import parsers
from flowmodel.finding import Finding
from flowmodel.values import contains
from fwlint.packets import parse_expression
from linter.engine.device.trace import Tracer
from tests.linter.checks.samples import (
    EXPOSURE,
    KEEP,
    REQUIRED,
    Asking,
    chains,
    policy,
    rules,
    site,
)

found = Asking(*REQUIRED, *EXPOSURE)

_POLICY = policy(
    "id: https, service: [443/tcp, 8443/tcp]",
    "id: ssh, from: admins, service: 22/tcp, admin: yes, severity: critical",
    "id: either, to: db, any_of: [5432/tcp, 3306/tcp]",
    "id: inside, from: web, to: self, service: 8081/tcp",
    "id: app, from: internet, service: 4443/tcp, when: outside",
    options="outside: {question: Are users outside?, default: no}",
)
_SITE = site(bind="{web: 192.0.2.10, db: 192.0.2.11, users: 10.1.0.0/16, admins: 10.1.0.0/16}")
_UNREAD = "-m string --string here --algo bm"
_NEVER = "-A FORWARD -p tcp -m tcp --dport 443 -m multiport ! --dports 443 -j ACCEPT"

_SOURCES = ("", "-s 10.1.0.0/16 ", "-s 10.1.0.0/17 ")
_TARGETS = ("", "-d 192.0.2.10/32 ", "-d 192.0.2.10/31 ", "-d 192.0.2.0/24 ")
_DOORS = ("", "-i lan0 ", "-i wan0 ", "-i dmz0 ")
_SERVICES = (
    "",
    "-p tcp ",
    "-p udp -m udp --dport 443 ",
    *(f"-p tcp -m tcp --dport {port} " for port in ("443", "440:450", "8443", "22", "5432")),
    "-p tcp -m multiport --dports 443,8443,3306 ",
)
_STATES = ("", "-m conntrack --ctstate NEW ")
_TARGET = ("-j ACCEPT", "-j ACCEPT", "-j ACCEPT", "-j DROP", "-j more", "-g more")
_ENDS = ("-j ACCEPT", "-j DROP", "-j RETURN")


def _rule(chain: str, verdicts: Sequence[str]) -> st.SearchStrategy[str]:
    parts = (_SOURCES, _TARGETS, _DOORS, _SERVICES, _STATES, verdicts)
    return st.tuples(*map(st.sampled_from, parts)).map(lambda each: f"-A {chain} {''.join(each)}")


_RULES = st.tuples(
    st.lists(_rule("FORWARD", _TARGET), max_size=5),
    st.lists(_rule("more", _ENDS), max_size=2),
).map(lambda both: [*both[0], *both[1]])


def _found(filter_rules: Sequence[str], name: str = "more") -> list[Finding]:
    with TemporaryDirectory() as folder:
        exports = {"edge.rules": rules(*chains(name), KEEP, *filter_rules)}
        return found(Path(folder), _POLICY, _SITE, exports)


def _said(findings: Sequence[Finding]) -> set[tuple[str, ...]]:
    return {(each.check, each.level, each.certainty, each.message) for each in findings}


def _replayed(filter_rules: Sequence[str]) -> None:
    with TemporaryDirectory() as folder:
        exports = {"edge.rules": rules(*chains("more"), KEEP, *filter_rules)}
        findings = found(Path(folder), _POLICY, _SITE, exports)
        tracer = Tracer(parsers.read_exports([f"{folder}/edge.rules"]), "forward")
        for each in findings:
            if not each.witness or each.witness.startswith(("answer", "later")):
                continue
            (answer,) = tracer.traces([parse_expression(each.witness)])
            accepts = each.check.startswith("FW2")
            # A doubtful rule may open a neighbour, and another rule behind it do so too.
            wanted = {"unknown", "accept"} if each.check == "FW207" else {"unknown"}
            if each.certainty == "certain":
                wanted = {"accept"} if accepts else {"drop", "reject"}
            assert answer.verdict in wanted, (each.check, each.witness)
            if each.certainty == "certain":
                place = answer.rule or answer.chain
                assert place is not None
                assert place.span == each.span


@given(_RULES, st.data())
@settings(max_examples=40)
def test_the_packet_of_every_finding_has_the_verdict_that_the_finding_says(
    filter_rules: list[str], data: st.DataObject
) -> None:
    doubtful = data.draw(st.sets(st.integers(0, 6), max_size=2))

    _replayed(
        [
            re.sub(r" (-[jg] )", rf" {_UNREAD} \1", rule) if number in doubtful else rule
            for number, rule in enumerate(filter_rules)
        ]
    )


@given(_RULES.filter(bool), st.data())
@settings(max_examples=40)
def test_a_match_that_cannot_be_read_turns_no_finding_into_silence(
    filter_rules: list[str], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(filter_rules) - 1))
    doubtful = re.sub(r" (-[jg] )", rf" {_UNREAD} \1", filter_rules[index])
    before = _found(filter_rules)

    after = _found([*filter_rules[:index], doubtful, *filter_rules[index + 1 :]])

    lost = [each for each in before if not _is_told(each, after)]
    assert lost == []


def _is_told(before: Finding, after: Sequence[Finding]) -> bool:
    """Whether some finding still speaks of the same flow, or of the same opened packet."""
    if before.check.startswith("FW1"):
        return any(
            each.check.startswith("FW1")
            and (each.flow, each.device) == (before.flow, before.device)
            for each in after
        )
    packet = parse_expression(before.witness)
    return any(
        each.check.startswith("FW2")
        and contains(where.addresses, packet.dst)
        and contains(where.protocols, packet.proto)
        and contains(where.ports, packet.dport)
        for each in after
        for where in each.destinations
    )


@given(_RULES.filter(bool), st.data())
@settings(max_examples=40)
def test_rules_that_change_nothing_change_no_finding(
    filter_rules: list[str], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(filter_rules) - 1))
    rule = filter_rules[index]
    head, tail = filter_rules[:index], filter_rules[index + 1 :]
    before = _said(_found(filter_rules))

    assert _said(_found([*head, rule, rule, *tail])) == before
    assert _said(_found([*head, _NEVER, rule, *tail])) == before
    halves = [rule.replace("10.1.0.0/16", half) for half in ("10.1.0.0/17", "10.1.128.0/17")]
    assert _said(_found([*head, *halves, *tail])) == before


@given(_RULES)
@settings(max_examples=15)
def test_the_name_of_a_chain_means_nothing(filter_rules: list[str]) -> None:
    renamed = [re.sub(r"\bmore\b", "less", rule) for rule in filter_rules]

    assert _said(_found(renamed, "less")) == _said(_found(filter_rules))
