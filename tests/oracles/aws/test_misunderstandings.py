"""Whoever misunderstands one rule of the documentation gets other verdicts than fwlint."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from flowmodel.fields import ESTABLISHED, NEW, RELATED
from flowmodel.packet import Packet
from flowmodel.record import replace
from linter.engine.device.trace import Tracer
from tests.oracles.aws import answers, evaluate, places
from tests.oracles.aws.accounts import Account, Element, account
from tests.oracles.aws.differ import NAMES, WAYS, cases
from tests.oracles.aws.evaluate import Way
from tests.oracles.aws.packets import packets
from tests.oracles.aws.places import Spot

ACCOUNTS = 60
PACKETS = 120


class Asked(NamedTuple):
    """A packet at an interface, and what fwlint says."""

    account: Account
    place: Spot
    way: Way
    packet: Packet
    actual: str


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[Asked]:
    folder = tmp_path_factory.mktemp("accounts")
    return [each for seed in range(ACCOUNTS) for each in _asked(seed, folder / str(seed))]


def _asked(seed: int, folder: Path) -> Iterator[Asked]:
    random = Random(f"misunderstanding {seed}")
    for case in cases(account(seed), folder, random, 1):
        for way in WAYS:
            found = packets(random, case.account, case.place, case.own, way, PACKETS)
            verdicts = [each.verdict for each in Tracer(case.rulesets, way).traces(found)]
            for packet, verdict in zip(found, verdicts, strict=True):
                yield Asked(case.account, case.place, way, packet, verdict)


def differences(asked: list[Asked]) -> int:
    return sum(
        NAMES[evaluate.passes(each.account, each.place, each.way, each.packet)] != each.actual
        for each in asked
    )


def test_nobody_who_understands_it_does(asked: list[Asked]) -> None:
    assert differences(asked) == 0


def _as_new(*ends: Any, is_egress: bool, vpc: str = "") -> answers.Answer:
    made, groups, packet, other = ends
    return _GROUP_ANSWER(
        made, groups, replace(packet, state=NEW), other, is_egress=is_egress, vpc=vpc
    )


def _remembering(acl: Element, packet: Packet, other: int, *, is_egress: bool) -> answers.Answer:
    if packet.state in (ESTABLISHED, RELATED):
        return True
    return _ACL_ANSWER(acl, packet, other, is_egress=is_egress)


def _unsorted(acl: Element, packet: Packet, other: int, *, is_egress: bool) -> Element | None:
    numbered = [
        entry | {"RuleNumber": 0 if entry["RuleNumber"] < 32767 else 32767}
        for entry in acl["Entries"]
    ]
    return _DECIDING({"Entries": numbered}, packet, other, is_egress=is_egress)


def _ports_of_all(rule: Element, packet: Packet) -> bool:
    named = rule["IpProtocol"].isdecimal() and "FromPort" in rule and rule["FromPort"] >= 0
    return _SERVICE(rule, packet) and not (named and rule["IpProtocol"] not in ("6", "17"))


def _code_of_any_type(packet: Packet, kind: int, code: int) -> bool:
    return kind in (-1, packet.icmp_type) and code in (-1, packet.icmp_code) and kind != -1


def _nothing(*_: Any, **__: Any) -> bool:
    return False


def _primary(interface: Element) -> Iterator[str]:
    yield interface["PrivateIpAddress"]


def _first_group(*ends: Any, is_egress: bool, vpc: str = "") -> answers.Answer:
    made, groups, packet, other = ends
    return _GROUP_ANSWER(made, groups[:1], packet, other, is_egress=is_egress, vpc=vpc)


def _known_only(*ends: Any) -> bool:
    return _IN_GROUP(*ends) is True


def _listed_only(*ends: Any) -> bool:
    return _IN_LIST(*ends) is True


_GROUP_ANSWER, _ACL_ANSWER = evaluate.group_answer, evaluate.acl_answer
_DECIDING, _SERVICE = evaluate.deciding_entry, evaluate._is_permitted_service
_IN_GROUP, _IN_LIST = evaluate._is_in_group, evaluate._is_in_prefix_list

MISUNDERSTANDINGS: dict[str, tuple[ModuleType, str, Callable[..., Any]]] = {
    "groups have no memory": (evaluate, "group_answer", _as_new),
    "ACLs have a memory": (evaluate, "acl_answer", _remembering),
    "only the first group counts": (evaluate, "group_answer", _first_group),
    "entries count in the order of the file": (evaluate, "deciding_entry", _unsorted),
    "ACLs judge within a subnet": (evaluate, "is_within", _nothing),
    "ports count for any protocol": (evaluate, "_is_permitted_service", _ports_of_all),
    "type -1 is a type": (evaluate, "_is_icmp", _code_of_any_type),
    "a group is its members' first addresses": (evaluate, "private_addresses", _primary),
    "a group that is not exported is empty": (evaluate, "_is_in_group", _known_only),
    "a list that is not exported is empty": (evaluate, "_is_in_prefix_list", _listed_only),
    "services of AWS are filtered": (evaluate, "is_unfiltered", _nothing),
    "groups count behind an appliance": (evaluate, "has_middlebox", _nothing),
    "Block Public Access is off": (evaluate, "is_open", lambda *_: True),
    "the resolver is nowhere": (places, "resolver_of", lambda *_: 0),
}


@pytest.mark.parametrize("name", MISUNDERSTANDINGS)
def test_it_is_noticed_that(name: str, asked: list[Asked], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*MISUNDERSTANDINGS[name])

    assert differences(asked) > 0
