"""What fwlint says of random sites, against what their machines can do; and the judge itself."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import FIXTURES
from tests.oracles.site import situations
from tests.oracles.site.compare import judge
from tests.oracles.site.connections import LONG, SHORT, Connections
from tests.oracles.site.constructs import CONSTRUCTS
from tests.oracles.site.existing import plan_of
from tests.oracles.site.features import DEFAULT, OFF, SITES
from tests.oracles.site.findings import Finding, Report, check
from tests.oracles.site.generate import generate
from tests.oracles.site.groups import Outcome
from tests.oracles.site.listed import said_of, said_with_lists
from tests.oracles.site.mistakes import KINDS
from tests.oracles.site.namespaces import NoNamespacesError, Site, check_tools
from tests.oracles.site.plan import Plan, Query
from tests.oracles.site.result import Result

pytestmark = pytest.mark.kernel

SHARDS = 8
SITES_EACH = 6
CONNECTIONS_EACH = 400
_LATE = (2009, 2031)
"""Sites with what follows on flows, and with alternatives: none of it looks wrong at first."""


@pytest.fixture(autouse=True)
def _namespaces() -> None:
    try:
        check_tools()
    except NoNamespacesError as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("shard", range(SHARDS))
def test_of_random_sites_fwlint_says_what_their_machines_can_do(
    shard: int, record_property: Callable[[str, object], None]
) -> None:
    first = shard * SITES_EACH
    results = [judge(generate(seed, DEFAULT)) for seed in range(first, first + SITES_EACH)]

    assert [str(fault) for result in results for fault in result.faults] == []
    assert sum(result.connections for result in results) >= CONNECTIONS_EACH
    record_property("counted", _counted(results))


@pytest.mark.long
@pytest.mark.parametrize("shard", range(20))
def test_of_many_random_sites_too(
    shard: int, record_property: Callable[[str, object], None]
) -> None:
    first = 1000 + shard * 10
    results = [judge(generate(seed, DEFAULT)) for seed in range(first, first + 10)]

    assert [str(fault) for result in results for fault in result.faults] == []
    record_property("counted", _counted(results))


@pytest.mark.parametrize("shard", range(2))
def test_where_ip_lists_own_addresses_and_routes_too(
    shard: int, record_property: Callable[[str, object], None]
) -> None:
    first = 500 + shard * SITES_EACH
    plans = [generate(seed, DEFAULT) for seed in range(first, first + SITES_EACH)]
    results = [judge(plan, said_with_lists(plan)) for plan in plans]

    assert [str(fault) for result in results for fault in result.faults] == []
    assert sum(result.connections for result in results) >= CONNECTIONS_EACH
    record_property("counted", _counted(results))


@pytest.mark.parametrize("name", ["site.yaml", "site-nft.yaml"])
def test_of_the_demo_sites_too(name: str, record_property: Callable[[str, object], None]) -> None:
    path = FIXTURES / "demo" / name

    result = judge(plan_of(path), check(path))

    assert [str(fault) for fault in result.faults] == []
    record_property("counted", _counted([result]))


def _counted(results: list[Result]) -> str:
    connections = sum(result.connections for result in results)
    planted = sum(result.planted.total() for result in results)
    found = sum(result.found.total() for result in results)
    possible = sum(result.findings["possible"] for result in results)
    findings = sum(result.findings.total() for result in results)
    return (
        f"{len(results)} sites, {connections} connections, {found} of {planted} mistakes found, "
        f"{possible} of {findings} findings possible"
    )


@pytest.mark.parametrize("seed", _LATE)
def test_on_a_busy_machine_nothing_fails_that_was_not_given_time(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Connections.ask
    late: list[float] = []

    def busy(
        self: Connections, queries: Iterable[Query], seconds: float = SHORT, *, big: bool = False
    ) -> dict[Query, Outcome]:
        late.append(seconds)
        return ask(self, queries, 0 if seconds == SHORT else seconds, big=big)

    monkeypatch.setattr(Connections, "ask", busy)
    result = judge(generate(seed, DEFAULT))

    assert {SHORT, LONG} <= {*late}
    assert [str(fault) for fault in result.faults] == []


def test_features_that_are_off_are_features() -> None:
    assert {*OFF} <= {*SITES, *KINDS}


def test_a_seed_is_always_the_same_site() -> None:
    assert generate(7, DEFAULT) == generate(7, DEFAULT)


class Blind(NamedTuple):
    """A mistake, and the faults of somebody who says nothing about it."""

    kind: str
    faults: set[str]


BLIND = (
    Blind("missing_accept", {"false clean: required", "mistake not found"}),
    Blind("closed_replies", {"false clean: required", "mistake not found"}),
    Blind("wrong_public", {"false clean: required", "mistake not found"}),
    Blind("opened_port", {"false clean: opening", "mistake not found"}),
    Blind("policy_accept", {"false clean: opening", "mistake not found"}),
    Blind("forbidden_open", {"false clean: opening", "mistake not found"}),
    Blind("mtu_errors_dropped", {"false clean: path MTU", "mistake not found"}),
)


_MASKING = (
    frozenset(CONSTRUCTS)
    | frozenset(situations.KINDS)
    | {*("no_router", "hosts", "branches", "outward", "dual", "any_of", "roles_together")}
)


@pytest.mark.parametrize("blind", BLIND, ids=[one.kind for one in BLIND])
def test_who_says_nothing_is_found_out(blind: Blind) -> None:
    features = (DEFAULT - frozenset(KINDS) - _MASKING) | {blind.kind}
    seed = next(n for n in range(200) if generate(n, features).mistakes)

    result = judge(generate(seed, features), Report(0, ()))

    assert blind.faults <= {fault.kind for fault in result.faults}


@pytest.mark.parametrize(
    ("kind", "construct"),
    [
        ("few_client_ports", "sport"),
        ("trusted_source_port", "sport"),
        ("other_protocol", "protocols"),
        ("open_protocol", "protocols"),
        ("missing_accept", "alternatives"),
        ("out_of_date", "answers"),
        ("machine_for_group", "groups"),
    ],
)
def test_who_says_nothing_of_a_construct_is_found_out(kind: str, construct: str) -> None:
    hosts = {"hosts", "hosts_of_many"} if construct == "groups" else set[str]()
    features = (DEFAULT - frozenset(KINDS) - _MASKING) | {kind, construct} | hosts
    plans = (plan for n in range(300) if (plan := generate(n, features)).mistakes)
    built = {"alternatives": "tunnel/a"}.get(construct, "")
    plan = next(
        plan
        for plan in plans
        if not built
        or any(f.part_of == built and f.full_name == plan.mistakes[0].flow for f in plan.flows)
    )

    result = judge(plan, Report(0, ()))

    assert "mistake not found" in {fault.kind for fault in result.faults}


class Unsaid(NamedTuple):
    """A situation, the mistake that comes with it, and a fault of somebody who says nothing."""

    situation: str
    mistake: str
    fault: str


UNSAID = (
    Unsaid("redirects", "redirected", "mistake not found"),
    Unsaid("led_astray", "led_astray", "mistake not found"),
    Unsaid("private_senders", "private_trusted", "mistake not found"),
    Unsaid("handed_on", "", "false clean: required"),
    Unsaid("split_publics", "", "false clean: opening"),
    Unsaid("told_apart", "", "false clean: required"),
)


@pytest.mark.parametrize("unsaid", UNSAID, ids=[one.situation for one in UNSAID])
def test_who_says_nothing_of_a_situation_is_found_out(unsaid: Unsaid) -> None:
    situation, mistake, fault = unsaid
    bare = DEFAULT - frozenset(KINDS) - _MASKING
    features = bare | {situation, situations.EVERYWHERE, "hosts", "hosts_of_many"}
    plans = (generate(n, features) for n in range(100))
    pairs = ((plan, generate(plan.seed, features - {situation})) for plan in plans)
    fitting = (p for p in pairs if p[0] != p[1] and {mistake} <= {"", *_mistakes(p[0])})

    said = ({*_missed(plan)} - {*_missed(without)} for plan, without in islice(fitting, 12))

    assert any(f": {fault}: " in each for each in chain.from_iterable(said))


def _mistakes(plan: Plan) -> set[str]:
    return {one.kind for one in plan.mistakes}


def _missed(plan: Plan) -> list[str]:
    """The faults of somebody who says nothing about a site."""
    return [str(fault) for fault in judge(plan, Report(0, ())).faults]


def test_every_situation_is_one_that_saying_nothing_misses() -> None:
    assert {one.situation for one in UNSAID} == {*situations.KINDS}


def test_kinds_of_situations_are_features_that_have_a_share_of_the_sites() -> None:
    assert {*situations.KINDS} <= {*SITES}
    for kind in situations.KINDS:
        have = [seed for seed in range(200) if kind in situations.chosen(seed, DEFAULT)]
        assert 5 < len(have) < 60


@pytest.mark.parametrize("check_id", ["FW114", "FW506"])
def test_what_is_said_of_all_of_ipv6_excuses_nothing_else(check_id: str) -> None:
    features = (DEFAULT - frozenset(KINDS) - _MASKING) | {"missing_accept"}
    plans = (generate(n, features) for n in range(200))
    plan = next(p for p in plans if p.mistakes and p.networks[0].prefixes[0].version == 6)
    device = plan.mistakes[0].device
    said = Finding(check_id, True, "error", device, "", "", None, (), False, "", "", ())

    result = judge(plan, Report(0, (said,)))

    assert {"false clean: required", "mistake not found"} <= {f.kind for f in result.faults}


def test_a_neighbour_that_cannot_be_found_is_felt_and_found() -> None:
    features = (DEFAULT - frozenset(KINDS) - _MASKING) | {"neighbours_dropped"}
    plan = next(p for p in (generate(n, features) for n in range(200)) if p.mistakes)

    result = judge(plan)

    assert (result.planted.total(), result.found.total(), result.faults) == (1, 1, [])


@pytest.mark.parametrize("kind", ["missing_accept", "mtu_errors_dropped"])
def test_who_says_the_opposite_is_found_out(kind: str) -> None:
    """Findings about a site with a mistake, held against the site without it."""
    features = (DEFAULT - frozenset(KINDS) - {"dual"}) | {kind}
    plans = (plan for n in range(60) if (plan := generate(n, features)).mistakes)

    said = (_held_against_the_right_one(plan, features) for plan in plans)

    assert any("certain false alarm" in kinds for kinds in said)


def _held_against_the_right_one(wrong: Plan, features: frozenset[str]) -> set[str]:
    right = generate(wrong.seed, features - frozenset(KINDS))
    result = judge(replace(right, mistakes=(), narrow=wrong.narrow), said_of(wrong))
    return {fault.kind for fault in result.faults}


def test_nothing_is_left_behind_where_building_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Path("/proc/self/ns/net").readlink()
    descriptors = set(map(str, Path("/proc/self/fd").iterdir()))

    def fail(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(Site, "_equip", fail)
    with pytest.raises(RuntimeError, match="no"):
        judge(generate(0, DEFAULT))

    assert Path("/proc/self/ns/net").readlink() == before
    assert set(map(str, Path("/proc/self/fd").iterdir())) == descriptors
