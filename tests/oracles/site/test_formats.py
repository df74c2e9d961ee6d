"""One site in four formats: connections judge it in iptables, and the others say the same."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from ipaddress import ip_interface
from typing import Any

import pytest

from tests.oracles.site import as_aws, as_pfsense, formats, situations
from tests.oracles.site.allowed import ALLOWED
from tests.oracles.site.compare import judge
from tests.oracles.site.findings import Report
from tests.oracles.site.formats import FEATURES, FORMATS, Comparison, compared, counted, reference
from tests.oracles.site.generate import generate
from tests.oracles.site.namespaces import NoNamespacesError, Site, check_tools
from tests.oracles.site.plain import gates, plain
from tests.oracles.site.plan import Firewall, Plan

SEEDS = range(8)
_SEEDS = pytest.mark.parametrize("seed", SEEDS)


@cache
def _known(seed: int) -> tuple[Plan, Report]:
    plan = plain(generate(seed, FEATURES))
    return plan, reference(plan)


@pytest.fixture
def _namespaces() -> None:
    try:
        check_tools()
    except NoNamespacesError as reason:
        pytest.skip(str(reason))


@pytest.mark.kernel
@pytest.mark.usefixtures("_namespaces")
@_SEEDS
def test_of_the_reference_fwlint_says_what_its_machines_can_do(seed: int) -> None:
    assert [str(fault) for fault in judge(*_known(seed)).faults] == []


@_SEEDS
def test_of_one_site_fwlint_says_the_same_in_all_formats(
    seed: int, record_property: Callable[[str, object], None]
) -> None:
    plan, expected = _known(seed)

    found = [compared(plan, name, expected) for name in FORMATS]

    assert [text for one in found for text in one.differences] == []
    record_property("counted", "; ".join(counted(found)))


@pytest.mark.long
@pytest.mark.parametrize("shard", range(20))
def test_of_many_sites_too(shard: int) -> None:
    first = 2000 + shard * 10
    plans = (plain(generate(seed, FEATURES)) for seed in range(first, first + 10))

    texts = [
        f"seed {plan.seed}: {text}"
        for plan in plans
        for expected in (reference(plan),)
        for name in FORMATS
        for text in compared(plan, name, expected).differences
    ]

    assert texts == []


def test_each_firewall_is_said_in_a_format_or_there_is_a_reason() -> None:
    plans = [plain(generate(seed, FEATURES)) for seed in range(100)]
    said = dict.fromkeys(FORMATS, 0)
    for name in FORMATS:
        for plan in plans:
            exports, unsaid = formats.exports_of(plan, name)
            ends = {".v4": 0, "": 0}
            for one in exports.values():
                ends[".v4" if {*one} & {"v4", "v6"} else ""] += 1
            assert ends[".v4"] == unsaid.total()
            said[name] += ends[""]

    everything = sum(len(plan.firewalls) for plan in plans)
    routers = sum(not one.machine for plan in plans for one in plan.firewalls)
    assert said["nftables"] == everything
    assert said["pfSense"] > routers * 0.8
    assert said["AWS"] > (everything - routers) * 0.6


@pytest.mark.parametrize(
    ("name", "mistake", "least"),
    [
        ("pfSense", "led_astray", 5),
        ("pfSense", "private_trusted", 5),
        ("AWS", "private_trusted", 3),
        ("nftables", "redirected", 3),
    ],
)
def test_situations_are_said_in_a_format_too(name: str, mistake: str, least: int) -> None:
    plans = [plain(generate(seed, FEATURES | {situations.EVERYWHERE})) for seed in range(60)]

    said = [
        plan.seed
        for plan in plans
        for one in plan.firewalls
        if not FORMATS[name].unsaid(one, plan)
        and any(m.device == one.device and m.kind == mistake for m in plan.mistakes)
    ]

    assert len(said) >= least


@pytest.mark.parametrize(
    ("name", "seed"),
    [
        ("the port that source NAT chooses", 116),
        ("packets for many machines, which `(self)` does not mean", 880438),
        ("link-local addresses, which nobody forwards", 30092),
        ("a family in which a machine has no address", 361),
    ],
)
def test_what_is_allowed_to_differ_does(name: str, seed: int) -> None:
    plan, expected = _known(seed)

    found = compared(plan, ALLOWED[name].format, expected)

    assert found.differences == ()
    assert name in found.allowed


def _without_last(firewall: Firewall) -> Firewall:
    chain = "input" if firewall.machine else "forward"
    rules = getattr(firewall, chain).rules
    last = max((i for i, one in enumerate(rules) if one.verdict == "accept"), default=0)
    return _with(firewall, chain, [*rules[:last], *rules[last + 1 :]])


def _wider(firewall: Firewall) -> Firewall:
    """Every rule without its source."""
    chain = "input" if firewall.machine else "forward"
    rules = getattr(firewall, chain).rules
    return _with(firewall, chain, [replace(one, sources=()) for one in rules])


def _with(firewall: Firewall, chain: str, rules: list[Any]) -> Firewall:
    changed: dict[str, Any] = {chain: replace(getattr(firewall, chain), rules=tuple(rules))}
    return replace(firewall, **changed)


@pytest.mark.parametrize("name", ["pfSense", "AWS"])
@pytest.mark.parametrize("wrong", [_without_last, _wider])
def test_a_difference_is_found(
    wrong: Callable[[Firewall], Firewall], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, expected = next(
        (plan, expected)
        for plan, expected in map(_known, SEEDS)
        if compared(plan, name, expected).said
    )
    exports, account = as_pfsense.exports, as_aws.account
    pfsense = FORMATS["pfSense"]._replace(exports=lambda one, at: exports(wrong(one), at))
    monkeypatch.setitem(FORMATS, "pfSense", pfsense)
    monkeypatch.setattr(as_aws, "account", lambda found, at: account([*map(wrong, found)], at))

    found: Comparison = compared(plan, name, expected)

    assert found.said
    assert found.differences


@pytest.mark.kernel
@pytest.mark.usefixtures("_namespaces")
@_SEEDS
def test_the_addresses_that_exports_tell_are_those_of_the_built_site(seed: int) -> None:
    plan, _ = _known(seed)
    site = Site(plan, frozenset())
    try:
        built = {router.name: dict(site.nodes[router.name].addresses) for router in plan.routers}
    finally:
        site.close()

    for router in plan.routers:
        told = {name: {*own} for name, own in gates(plan, router).items()}
        assert {n: {*map(ip_interface, own)} for n, own in built[router.name].items()} == told
