"""The verdicts of fwlint and of the second evaluator on the same accounts, side by side."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from linter.engine.trace import Judge
from linter.model.packet import Packet
from linter.model.ruleset import RuleSet
from parsers import read_exports
from parsers.context import Place
from tests.aws.accounts import Account, Element
from tests.aws.evaluate import Answer, Spot, Way, passes, private_addresses, spot
from tests.aws.packets import packets
from tests.aws.writing import FORMS, write

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
    """An interface of an account, and the rule sets that fwlint made for it."""

    name: str
    interface: Element
    rulesets: tuple[RuleSet, ...]


def cases(account: Account, folder: Path, random: Random, most: int) -> Iterator[Case]:
    """Some interfaces of the account, each asked for in one of the ways there are."""
    form = random.choice(tuple(FORMS))
    paths = [str(path) for path in write(account, folder, form, random)]
    interfaces = account.elements("NetworkInterfaces")
    chosen = random.sample(interfaces, min(most, len(interfaces)))
    if random.random() < 0.5:
        whole = read_exports(paths)
        for each in chosen:
            name = each["NetworkInterfaceId"]
            yield Case(name, each, tuple(found for found in whole if found.place == name))
        return
    for each in chosen:
        at = random.choice((each["NetworkInterfaceId"], each["PrivateIpAddress"]))
        found = read_exports(paths, place=Place(at=at))
        yield Case(f"{form}, --at {at}", each, found)


def verdicts(
    account: Account, case: Case, random: Random, count: int, oracle: Account | None = None
) -> Iterator[Verdict]:
    """What both say of so many packets of each way; `oracle`: it is asked of another account."""
    place = spot(oracle or account, case.interface)
    for way in WAYS:
        own = tuple(private_addresses(case.interface))
        asked = packets(random, account, spot(account, case.interface), own, way, count)
        yield from _compared(oracle or account, place, case, way, asked)


def _compared(
    account: Account, place: Spot, case: Case, way: Way, asked: Sequence[Packet]
) -> Iterator[Verdict]:
    answers = Judge(case.rulesets, way).answers(asked)
    for packet, answer in zip(asked, answers, strict=True):
        expected = NAMES[passes(account, place, way, packet)]
        yield Verdict(case.name, way, packet, expected, answer.verdict, answer.text, answer.unread)
