"""Chains that only accept, which machines share: shown to be needed without a row for each."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

import parsers
from flowmodel.ruleset import Chain, Table
from flowmodel.site import Site
from linter.checks.rulebase.allowlists import Allowlists
from linter.checks.rulebase.judged import judged, unneeded, unneeded_targets
from linter.checks.rulebase.standing import Needed
from linter.checks.subject import Subject
from tests.bench.aws import account as large
from tests.oracles.aws.accounts import account
from tests.oracles.aws.writing import write

_WEB: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
_ANYBODY = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
_OFFICE = {"IpRanges": [{"CidrIp": "198.51.100.0/24"}]}
_HIGH = {"FromPort": 1024, "ToPort": 65535}


def _exports(groups: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Two machines that have all of the groups."""
    vpc = {"VpcId": "vpc-1", "OwnerId": "1"}
    return {
        "SecurityGroups": [
            {**vpc, "GroupId": name, "IpPermissions": rules, "IpPermissionsEgress": []}
            for name, rules in groups.items()
        ],
        "NetworkInterfaces": [
            {
                **vpc,
                "NetworkInterfaceId": f"eni-{number}",
                "PrivateIpAddress": f"192.0.2.{number}",
                "PrivateIpAddresses": [{"PrivateIpAddress": f"192.0.2.{number}"}],
                "Groups": [{"GroupId": name} for name in groups],
            }
            for number in (10, 11)
        ],
    }


def _subject(paths: list[Path]) -> Subject:
    rulesets = tuple(parsers.read_exports([str(path) for path in paths]))
    return Subject(Site("", {}, (), (), ()), {}, {"account": rulesets})


def _of(folder: Path, exports: dict[str, Any]) -> Subject:
    path = folder / "account.json"
    path.write_text(json.dumps(exports), encoding="utf-8")
    return _subject([path])


def _said(subject: Subject) -> list[list[tuple[object, ...]]]:
    """What is said of the rules that are not needed, and of which rules anything is known."""
    said: list[list[tuple[object, ...]]] = [
        [
            (each.rule.title, each.rule.span, each.target, *_meanings(each.seen))
            for each in several
            # Packet sets may tell of a needed rule of which packets show nothing.
            if not any(one.tells for one in each.seen)
        ]
        for several in (unneeded(subject), unneeded_targets(subject))
    ]
    return [*said, [(each.device, each.chain.name, each.rule.title) for each in judged(subject)]]


def _meanings(seen: Any) -> Iterator[tuple[object, ...]]:
    for each in seen:
        yield each.base.name, each.family, each.fits, each.hits, each.tells


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of the rules that are shown to be needed, as they are shown."""
    titles: list[str] = []
    needed = Allowlists.needed

    def noted(self: Allowlists, table: Table, base: Chain) -> tuple[Needed, ...]:
        found = needed(self, table, base)
        titles.extend(each.rule.title for each in found)
        return found

    monkeypatch.setattr(Allowlists, "needed", noted)
    return titles


def _of_groups(titles: list[str]) -> list[str]:
    return sorted(each for each in titles if each.startswith("sg-"))


def test_rules_of_shared_groups_are_shown_once_and_the_jumps_of_each_machine(
    tmp_path: Path, shown: list[str]
) -> None:
    subject = _of(
        tmp_path, _exports({"sg-1": [_WEB | _ANYBODY], "sg-2": [_WEB | {"ToPort": 444} | _ANYBODY]})
    )

    list(unneeded(subject))

    assert _of_groups(shown) == ["sg-2 ingress tcp 443-444 from 0.0.0.0/0"]
    assert sorted(each for each in shown if each.startswith("eni-")) == [
        "eni-10: sg-2 ingress",
        "eni-11: sg-2 ingress",
    ]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Two groups say the same: no packet needs either of them alone.
        ([_WEB | _ANYBODY], [_WEB | _ANYBODY], []),
        # One is part of the other.
        ([_WEB | _OFFICE], [_WEB | _ANYBODY], ["sg-2"]),
        # They have nothing in common: the no-op.
        ([_WEB | _OFFICE], [_WEB | {"FromPort": 442, "ToPort": 442} | _OFFICE], ["sg-1", "sg-2"]),
        # A rule that may be there for replies: more than one packet has to be asked about.
        ([_WEB | _OFFICE], [_WEB | _HIGH | _ANYBODY], []),
    ],
)  # fmt: skip
def test_what_another_rule_accepts_too_shows_nothing(
    tmp_path: Path,
    shown: list[str],
    first: list[dict[str, Any]],
    second: list[dict[str, Any]],
    expected: list[str],
) -> None:
    list(unneeded(_of(tmp_path, _exports({"sg-1": first, "sg-2": second}))))

    assert [each.split()[0] for each in _of_groups(shown)] == expected


def _without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Allowlists, "needed", lambda _self, _table, _base: ())


@pytest.mark.parametrize("seed", range(12))
def test_the_same_is_said_of_random_accounts_as_with_a_row_for_each_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    paths = write(account(seed), tmp_path, "a file a command", Random(seed))
    found = _said(_subject(paths))

    _without(monkeypatch)

    # Not `==` in the assertion: pytest would take minutes to show what differs.
    is_same = found == _said(_subject(paths))
    assert is_same


@pytest.mark.parametrize("seed", range(3))
def test_the_same_is_said_where_machines_share_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    exports = {key: its for each in large(12, seed).values() for key, its in each.items()}
    random = Random(seed)
    for group in exports["SecurityGroups"]:
        for each in group["IpPermissions"]:
            # So few ports and ends that rules of groups are parts of each other.
            each["FromPort"] = each["ToPort"] = random.choice((22, 443))
            for end in each["IpRanges"]:
                end["CidrIp"] = random.choice(("10.0.0.0/8", "10.0.0.0/24", "10.0.0.7/32"))
    found = _said(_of(tmp_path, exports))

    _without(monkeypatch)

    is_same = found == _said(_of(tmp_path, exports))
    assert is_same
    assert any(found)


def test_what_is_no_longer_kept_is_not_taken_for_another_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each machine has groups of its own, more than are kept: the memory of some is used again."""
    random = Random(0)
    exports = _exports({})
    several = exports["NetworkInterfaces"][:1] * 40
    exports["NetworkInterfaces"] = interfaces = []
    for number, each in enumerate(several):
        names = [f"sg-{number}-{group}" for group in range(random.choice((1, 1, 2, 3, 4, 6)))]
        groups = {name: list(map(_some, [random] * random.randint(1, 3))) for name in names}
        exports["SecurityGroups"] += _exports(groups)["SecurityGroups"]
        interfaces.append(
            {
                **each,
                "NetworkInterfaceId": f"eni-{number}",
                "PrivateIpAddresses": [{"PrivateIpAddress": f"192.0.2.{number}"}],
                "Groups": [{"GroupId": name} for name in names],
            }
        )
    whole = _said(_of(tmp_path, exports))

    for kept in range(1, 9):
        monkeypatch.setattr("linter.checks.rulebase.allowlists._KEPT", kept)
        is_same = whole == _said(_of(tmp_path, exports))
        assert is_same, kept


def _some(random: Random) -> dict[str, Any]:
    first = random.randint(440, 446)
    ports = {"FromPort": first, "ToPort": first + random.randint(0, 4)}
    return _WEB | ports | random.choice((_ANYBODY, _OFFICE))
