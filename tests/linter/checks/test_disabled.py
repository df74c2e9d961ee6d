"""Disabled rules that would have let a needed flow through: FW108."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmodel.finding import Finding
from flowmodel.match import Test as Condition
from flowmodel.ruleset import FILTER, Rule, RuleSet, Table
from flowmodel.values import single
from flowmodel.verdict import ACCEPT, DROP
from linter.checks.required.disabled import enabled
from tests.chains import base_chain
from tests.linter.checks.samples import HTTPS, KEEP, chains, lines, policy, rules, site
from tests.linter.checks.switches import OFF, PAIR, found
from tests.linter.engine.rulesets import SPAN, source

DNS = policy("id: dns, service: 53/tcp+udp")
PUBLIC = "{web: {address: 192.0.2.10, public: 203.0.113.10}, users: office}"

_NAMED = (
    "FW108 error: a disabled rule would permit required flow shop.{} from users to web, "
    "which is blocked on edge"
)
_WAY = "in lan0 out dmz0"


def _off(rule: str, mark: str = OFF) -> str:
    return rule.replace("-j ", mark + "-j ")


def _fw108(folder: Path, *filter_rules: str, policy_text: str = "", **more: str) -> list[str]:
    export = rules(KEEP, *filter_rules, **more)
    return lines(_only(found(folder, policy_text or policy(), site(), {"edge.rules": export})))


def _only(findings: list[Finding]) -> list[Finding]:
    return [each for each in findings if each.check == "FW108"]


def test_a_disabled_rule_that_would_permit_the_flow_is_named(tmp_path: Path) -> None:
    assert _fw108(tmp_path, _off(HTTPS)) == [
        (
            f"edge.rules:6: {_NAMED.format('https (443/tcp)')} "
            f"[tcp 10.1.0.7:40000 > 192.0.2.10:443 {_WAY}]"
        )
    ]


def test_the_finding_shows_both_places_and_how_the_packet_would_pass(tmp_path: Path) -> None:
    export = rules(KEEP, _off(HTTPS), "-A FORWARD -j REJECT")
    (finding,) = _only(found(tmp_path, policy(), site(), {"edge.rules": export}))

    assert finding.label == "this rule is disabled"
    assert [(each.span.line, each.label) for each in finding.related] == [
        (7, "now rejected here"),
        (15, "required by this"),
    ]
    assert [step.split(": ")[0].split("/")[-1] for step in finding.trace] == ["edge.rules:6"]
    assert finding.extent == "tcp 443 from 10.1.0.0/16 to 192.0.2.10"
    assert finding.remedy == "enable it again, or say in the site file that the flow is not needed"
    assert finding.key[0] == "FW108"


# Each beside a rule set that differs in one thing only, and has a finding.
@pytest.mark.parametrize(
    "filter_rules",
    [
        pytest.param((), id="nothing is disabled"),
        pytest.param((HTTPS, _off(HTTPS)), id="the flow works without it"),
        pytest.param((_off(HTTPS.replace("443", "444")),), id="it is about another port"),
        pytest.param((_off(HTTPS.replace("10.1.0.0/16", "10.1.0.0/17")),), id="half of the users"),
        pytest.param(("-A FORWARD -j DROP", _off(HTTPS)), id="it would stand too late"),
        pytest.param((_off(HTTPS.replace("ACCEPT", "DROP")),), id="it would drop"),
        pytest.param((_off(HTTPS.replace("-j", "-m limit --limit 3/min -j")),), id="only perhaps"),
    ],
)
def test_rules_that_would_not_help_are_not_named(
    tmp_path: Path, filter_rules: tuple[str, ...]
) -> None:
    assert _fw108(tmp_path, *filter_rules) == []


def test_it_would_not_help_where_answers_are_blocked_too(tmp_path: Path) -> None:
    export = rules(_off(HTTPS))

    assert _only(found(tmp_path, policy(), site(), {"edge.rules": export})) == []


def test_a_rule_for_the_part_that_is_blocked_is_enough(tmp_path: Path) -> None:
    udp = HTTPS.replace("tcp", "udp").replace("443", "53")
    tcp = HTTPS.replace("443", "53")

    assert _fw108(tmp_path, tcp, _off(udp), policy_text=DNS) == [
        (
            f"edge.rules:7: {_NAMED.format('dns (53/tcp, 53/udp)')} "
            f"[udp 10.1.0.7:40000 > 192.0.2.10:53 {_WAY}]"
        )
    ]


def test_two_rules_that_only_help_together_are_not_named(tmp_path: Path) -> None:
    udp = HTTPS.replace("tcp", "udp").replace("443", "53")
    tcp = HTTPS.replace("443", "53")

    assert _fw108(tmp_path, _off(tcp), _off(udp), policy_text=DNS) == []


def test_the_narrowest_rule_is_named(tmp_path: Path) -> None:
    everything = _off("-A FORWARD -j ACCEPT")

    assert [text[:13] for text in _fw108(tmp_path, everything, _off(HTTPS))] == ["edge.rules:7:"]


def test_a_rule_in_a_called_chain_counts(tmp_path: Path) -> None:
    filter_rules = (
        ":WEB - [0:0]",
        KEEP,
        "-A FORWARD -j WEB",
        _off(HTTPS.replace("FORWARD", "WEB")),
        "-A WEB -j RETURN",
    )
    export = rules(*filter_rules)
    findings = found(tmp_path, policy(), site(), {"edge.rules": export})

    assert [each.span.line for each in _only(findings)] == [8]


def test_a_flow_that_only_should_work_gives_a_warning(tmp_path: Path) -> None:
    text = policy("id: https, service: 443/tcp, need: should")

    assert [line[14:27] for line in _fw108(tmp_path, _off(HTTPS), policy_text=text)] == [
        "FW108 warning"
    ]


# A rule of an export may be several of the model: one for each family, or a port-forward with the
# filter rule that comes with it. They are enabled together, or not at all.
FORWARD = (
    "-A PREROUTING -i wan0 -d 203.0.113.10/32 -p tcp --dport 443"
    " -j DNAT --to-destination 192.0.2.10:443"
)
IN = "-A FORWARD -i wan0 -d 192.0.2.10/32 -p tcp --dport 443 -j ACCEPT"
INTERNET = policy("id: https, service: 443/tcp, from: internet")


def _public(folder: Path, filter_rule: str, nat_rule: str) -> list[Finding]:
    export = rules(KEEP, filter_rule, nat=nat_rule)
    return _only(found(folder, INTERNET, site(bind=PUBLIC), {"edge.rules": export}))


@pytest.mark.parametrize(
    ("filter_rule", "nat_rule", "named", "beside"),
    [
        pytest.param(IN, _off(FORWARD), 11, [], id="the port-forward"),
        pytest.param(_off(IN), FORWARD, 6, [], id="the filter rule"),
        pytest.param(_off(IN), _off(FORWARD), 11, [6], id="both, one by one"),
        pytest.param(_off(IN, PAIR), _off(FORWARD, PAIR), 1, [], id="both, as one rule"),
    ],
)
def test_a_port_forward_and_its_filter_rule_count_together(
    tmp_path: Path, filter_rule: str, nat_rule: str, named: int, beside: list[int]
) -> None:
    (finding,) = _public(tmp_path, filter_rule, nat_rule)

    assert finding.span.line == named
    together = "also disabled, and needed together with it"
    assert [each.span.line for each in finding.related if each.label == together] == beside
    assert finding.message.startswith("two disabled" if beside else "a disabled")


def test_a_port_forward_to_another_machine_does_not_help(tmp_path: Path) -> None:
    wrong = FORWARD.replace("192.0.2.10:443", "192.0.2.11:443")

    assert _public(tmp_path, IN, _off(wrong)) == []
    assert _public(tmp_path, _off(IN), _off(wrong)) == []


def _chain(count: int, *off: tuple[int, int]) -> tuple[RuleSet, list[Rule]]:
    """A chain of rules of lines 1 and up, and disabled ones: where they stand, and their line."""
    match = (Condition("dport", single(443)),)
    rule = [Rule(match, ACCEPT, source(), number) for number in range(1, 20)]
    disabled = tuple((index, rule[line - 1]) for index, line in off)
    chain = base_chain(
        "forward", tuple(rule[:count]), SPAN, "forward", FILTER, DROP, disabled=disabled
    )
    table = Table("filter", frozenset({4}), {"forward": chain})
    return RuleSet("rules", "test", (table,), frozenset({4})), [rule for _, rule in disabled]


@pytest.mark.parametrize(
    ("off", "chosen", "expected"),
    [
        (((0, 10),), (0,), [10, 1, 2, 3]),
        (((1, 10),), (0,), [1, 10, 2, 3]),
        (((3, 10),), (0,), [1, 2, 3, 10]),
        (((1, 10), (1, 11)), (0, 1), [1, 10, 11, 2, 3]),
        (((1, 10), (1, 11), (2, 12)), (1, 2), [1, 11, 2, 12, 3]),
        (((1, 10), (1, 11)), (), [1, 2, 3]),
    ],
)
def test_enabled_rules_stand_where_they_stood(
    off: tuple[tuple[int, int], ...], chosen: tuple[int, ...], expected: list[int]
) -> None:
    ruleset, disabled = _chain(3, *off)
    (made,) = enabled((ruleset,), [disabled[number] for number in chosen])
    chain = made.tables[0].chains["forward"]

    assert [rule.line for rule in chain.rules] == expected
    kept = [rule.line for number, rule in enumerate(disabled) if number not in chosen]
    assert [rule.line for _, rule in chain.disabled] == kept


_FIRST = 7
"""The line of the first rule, behind the declarations and the one for known connections."""
_FLOWS = policy("id: https, service: [443/tcp, 8443/tcp]", "id: ssh, service: 22/tcp")
_SOURCES = ("", "-s 10.1.0.0/16 ", "-s 10.1.0.0/17 ")
_SERVICES = ("", "-p tcp ", "-p tcp --dport 443 ", "-p tcp -m multiport --dports 22,443,8443 ")
_IN = st.tuples(st.just("FORWARD"), st.sampled_from(("ACCEPT", "ACCEPT", "DROP", "more")))
_CALLED = st.tuples(st.just("more"), st.sampled_from(("ACCEPT", "DROP", "RETURN")))
_MATCH = st.tuples(st.sampled_from(_SOURCES), st.sampled_from(_SERVICES)).map("".join)
_Listed = tuple[tuple[str, str], str, bool]
"""The chain and the verdict of a rule, its match, and whether it is switched off."""


def _lines(listed: Sequence[_Listed]) -> list[str]:
    return [
        f"-A {chain} {match}{OFF if is_off else ''}-j {verdict}"
        for (chain, verdict), match, is_off in listed
    ]


@given(st.lists(st.tuples(_IN | _CALLED, _MATCH, st.booleans()), max_size=6))
def test_a_rule_is_named_where_enabling_one_lets_everything_through(
    listed: list[_Listed],
) -> None:
    def findings(rules_: Sequence[_Listed]) -> list[Finding]:
        export = rules(*chains("more"), KEEP, *_lines(rules_))
        with TemporaryDirectory() as folder:
            exports = {"edge.rules": export}
            asked = ("FW101", "FW102", "FW103", "FW108")
            return found(Path(folder), _FLOWS, site(), exports, *asked)

    before = findings(listed)
    named = {each.flow: each.span.line for each in _only(before)}
    blocked = {each.flow for each in before if each.check in ("FW101", "FW102", "FW103")}
    helpful: dict[str, set[int]] = {flow: set() for flow in blocked}
    for number, (place, match, is_off) in enumerate(listed):
        if is_off:
            after = findings([*listed[:number], (place, match, False), *listed[number + 1 :]])
            still = {each.flow for each in after if each.check.startswith("FW10")}
            for flow in blocked - still:
                helpful[flow].add(_FIRST + number)

    assert set(named) == {flow for flow, lines_ in helpful.items() if lines_}
    assert all(line in helpful[flow] for flow, line in named.items())
