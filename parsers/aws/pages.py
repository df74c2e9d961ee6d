"""Which page of an answer goes on with another one, and which is of another answer."""

import re
from collections.abc import Iterator
from typing import Final

from flowmodel.record import NamedTuple
from parsers.shared.node import Node

# eu-west-1, ap-southeast-2, us-gov-east-1, eusc-de-east-1
_REGION: Final = r"[a-z]{2,4}(?:-[a-z]{2,4})?-(?:north|south|east|west|central){1,2}-[0-9]+"
_ZONE: Final = re.compile(f"({_REGION})[a-z]*")
_NUMBERS: Final = re.compile(rf"(?<![a-z])({_REGION}|[0-9]{{12}})(?![0-9])|[0-9]+")
_ARNS: Final = ("SecurityGroupArn", "SecurityGroupRuleArn", "SubnetArn", "PrefixListArn")
_OWNERS: Final = ("OwnerId", "GroupOwnerId")
_SHARED: Final = ("Subnets", "PrefixLists")
"""Kinds of which an answer has many of other accounts too."""
_MOST: Final = 64
"""How many answers are kept open: of more, one that was cut stays so."""


class Page(NamedTuple):
    """A page, and whose answer it is of, as far as it tells that.

    An answer is of one account and one region (Amazon EC2 API Reference, "Making requests"), and
    its pages are in files whose names differ in numbers; those of regions and accounts are none.
    """

    node: Node
    stem: str
    """The name of its file without the numbers of pages."""
    regions: frozenset[str]
    owners: frozenset[str]

    @staticmethod
    def of(node: Node, kind: str) -> "Page":
        """A response with a list of a kind."""
        stem = _NUMBERS.sub(lambda found: found[1] or "", node.file.source.path)
        owners = () if kind in _SHARED else _owners(node, kind)
        return Page(node, stem, frozenset(_regions(node, kind)), frozenset(owners))

    def may_go_on(self, other: "Page") -> bool:
        """Whether the other one may be of the same answer."""
        return (
            self.stem == other.stem
            and _may_be_one(self.regions, other.regions)
            and _may_be_one(self.owners, other.owners)
        )

    def likeness(self, other: "Page") -> int:
        """How much both tell alike of whose answer they are of."""
        return len(self.regions & other.regions) + len(self.owners & other.owners)

    def behind(self, other: "Page") -> "Page":
        """The page, which is of the same answer as another one, and so of whom that one tells."""
        owners, regions = self.owners or other.owners, self.regions or other.regions
        return self._replace(owners=owners, regions=regions)


def turned(waiting: list[Page], page: Page) -> list[Page]:
    """The pages that wait for a next one when another page has come, which goes on with one only.

    That is the one of which both tell the most alike; of several, the first.
    """
    fitting = [each for each in waiting[:_MOST] if each.may_go_on(page)]
    before = max(fitting, key=page.likeness, default=None)
    left = [each for each in waiting if each is not before]
    if not page.node.get("NextToken") or len(left) > _MOST:
        return left
    return [*left, page.behind(before) if before and len(fitting) == 1 else page]


def _may_be_one(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    return not ours or not theirs or not ours.isdisjoint(theirs)


def _regions(page: Node, kind: str) -> Iterator[str]:
    for each in page.nodes(kind):
        if zone := _ZONE.match(each.text("AvailabilityZone")):
            yield zone[1]
        for key in _ARNS:
            # arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1
            yield from each.text(key).split(":")[3:4]


def _owners(page: Node, kind: str) -> Iterator[str]:
    return (owner for each in page.nodes(kind) for key in _OWNERS if (owner := each.text(key)))
