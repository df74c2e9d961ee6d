"""The verdicts of fwlint and of the second evaluator on the same accounts, side by side."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from flowmodel.packet import Packet
from flowmodel.ruleset import RuleSet
from linter.engine.device.trace import Tracer
from parsers import read_exports
from parsers.shared.context import Place
from tests.oracles.aws.accounts import Account, Element
from tests.oracles.aws.answers import Answer
from tests.oracles.aws.evaluate import Way, passes
from tests.oracles.aws.packets import packets
from tests.oracles.aws.places import Spot, named_spot, private_addresses, spot
from tests.oracles.aws.writing import FORMS, write

WAYS: tuple[Way, ...] = ("input", "output")
NAMES: dict[Answer, str] = {True: "accept", False: "drop", None: "unknown"}


class Verdict(NamedTuple):
    """What both say of one packet at one interface."""

    place: str
    way: Way
    packet: Packet
    expected: str
    actual: str
    rule: str
    unread: tuple[str, ...]


class Case(NamedTuple):
    """An interface, what its account says of it, and the rule sets that fwlint made for it."""

    name: str
    account: Account
    place: Spot
    own: tuple[str, ...]
    interface: Element
    rulesets: tuple[RuleSet, ...]


def cases(
    account: Account, folder: Path, random: Random, most: int, *, hidden: float = 0.15
) -> Iterator[Case]:
    """Some interfaces of the account, asked for in one of the ways there are.

    `hidden`: how often no interface is exported, and groups and ACL are named instead.
    """
    form = random.choice(tuple(FORMS))
    interfaces = account.elements("NetworkInterfaces")
    chosen = random.sample(interfaces, min(most, len(interfaces)))
    chance = random.random()
    if chance < hidden:
        gone = {"NetworkInterfaces", random.choice(("NetworkInterfaces", "Reservations"))}
        lists = {key: found for key, found in account.lists.items() if key not in gone}
        account = Account(lists, account.entries, account.cut)
    paths = [str(path) for path in write(account, folder, form, random)]
    whole = read_exports(paths) if chance > 0.5 else ()
    described = (*account.elements("SecurityGroups"), *account.elements("SecurityGroupRules"))
    exported = {element["GroupId"] for element in described}
    for each in chosen:
        place = spot(account, each)
        own = tuple(private_addresses(each))
        if "NetworkInterfaces" not in account.lists:
            # A group without rules is nowhere in describe-security-group-rules.
            groups = tuple(group for group in place.groups if group in exported)
            if not groups:
                continue
            place = named_spot(account, groups, place.acl)
            at = Place(groups=groups, acl=place.acl)
        else:
            at = Place(random.choice((each["NetworkInterfaceId"], each["PrivateIpAddress"])))
            if not whole and random.random() < hidden:
                # What is named counts, whatever the export says.
                acls = [acl["NetworkAclId"] for acl in account.elements("NetworkAcls")]
                place = place._replace(acl=random.choice(acls or [""]))
                at = Place(at.at, acl=place.acl)
        found = tuple(one for one in whole if one.place == each["NetworkInterfaceId"])
        name = f"{form}, {at}"
        yield Case(name, account, place, own, each, found or read_exports(paths, place=at))


def verdicts(
    case: Case, random: Random, count: int, oracle: Account | None = None
) -> Iterator[Verdict]:
    """What both say of so many packets of each way; `oracle`: it is asked of another account."""
    place = spot(oracle, case.interface) if oracle else case.place
    for way in WAYS:
        asked = packets(random, case.account, case.place, case.own, way, count)
        yield from _compared(oracle or case.account, place, case, way, asked)


def _compared(
    account: Account, place: Spot, case: Case, way: Way, asked: Sequence[Packet]
) -> Iterator[Verdict]:
    answers = Tracer(case.rulesets, way).traces(asked)
    for packet, answer in zip(asked, answers, strict=True):
        expected = NAMES[passes(account, place, way, packet)]
        yield Verdict(case.name, way, packet, expected, answer.verdict, answer.text, answer.unread)
