"""Addresses as a site file calls them: its networks by name, the internet, and all others."""

from collections.abc import Sequence
from typing import Final

from flowmodel.addresses import EVERYWHERE, Addresses, of_family, together
from flowmodel.fields import FAMILIES, Family
from flowmodel.record import NamedTuple
from flowmodel.values import Values, contains, difference, intersection
from linter.checks.open.words import Namer
from linter.drafts.model import Network
from linter.drafts.words import MOST, literals
from linter.engine.site.exported import NOBODYS
from policies.addresses import NOWHERE
from policies.places import WORDS

INTERNET, ANY = WORDS
EVERY: Final = {4: "0.0.0.0/0", 6: "::/0"}


class Called(NamedTuple):
    """What addresses are called."""

    words: tuple[str, ...]
    remark: str = ""
    """How the words say more than the addresses; empty where they say the same."""
    doubt: str = ""
    """Why the words cannot count before a person has filled something in."""


class TooLongError(Exception):
    """Addresses that nobody would list."""


class Places:
    """The names of a site's addresses."""

    def __init__(self, networks: Sequence[Network], own: Addresses = NOWHERE) -> None:
        self.networks = networks
        self.own = own
        """The firewalls' own addresses: nobody else has them, so they count as said."""
        inside = together(each.addresses for each in networks)
        self.outside = EVERYWHERE - inside

    def called(self, addresses: Addresses, families: Sequence[Family], *, is_free: bool) -> Called:
        """The words for addresses of these families; raises TooLongError.

        `is_free`: the other end has addresses of both families, so that a word for both would say
        more than is meant.
        """
        its = together(of_family(family, addresses.of(family)) for family in families)
        if _is_all(its, families):
            both = len(families) == len(FAMILIES)
            return Called((ANY,) if both or not is_free else (EVERY[families[0]],))
        words: list[str] = []
        rest = its
        for network in self.networks:
            whole = self._whole(network.addresses, rest)
            if whole == network.addresses:
                words.append(network.name)
            else:
                words += self._listed(whole)
            rest = rest - network.addresses if whole == network.addresses else rest - whole
        outside = rest & self.outside
        if not _reaches_internet(outside, families):
            return Called((*words, *self._listed(rest)))
        if is_free and len(families) < len(FAMILIES):
            # Nothing names the internet of one family alone.
            return Called(
                (EVERY[families[0]],), "other networks of the site are in it, which are not open"
            )
        public = {family: self._public(family) for family in families}
        is_part = any(difference(its, outside.of(family)) for family, its in public.items())
        remark = "a part of the internet only: other rules drop the rest" if is_part else ""
        return Called((INTERNET, *words, *self._listed(rest - self.outside)), remark)

    def _whole(self, network: Addresses, some: Addresses) -> Addresses:
        """The network, in the families in which the addresses have all of it."""
        left = network - some - self.own
        return together(
            of_family(family, network.of(family)) for family in FAMILIES if not left.of(family)
        )

    def _listed(self, addresses: Addresses) -> tuple[str, ...]:
        """The addresses one by one, without the holes that the firewalls' own make."""
        its = addresses - NOBODYS
        filled = (
            of_family(family, ((first, last),))
            for family in FAMILIES
            for first, last in self.own.of(family)
            if contains(its.of(family), first - 1) and contains(its.of(family), last + 1)
        )
        listed = literals(together((its, *filled)))
        if len(listed) > MOST:
            raise TooLongError
        return listed

    def _public(self, family: Family) -> Values:
        """What is public, and in no network of the site."""
        return intersection(Namer(family, {}).public, self.outside.of(family))


def _is_all(addresses: Addresses, families: Sequence[Family]) -> bool:
    """Whether these are all addresses that somebody has."""
    return all(Namer(family, {}).is_everywhere(addresses.of(family)) for family in families)


def _reaches_internet(addresses: Addresses, families: Sequence[Family]) -> bool:
    return any(Namer(family, {}).reaches_internet(addresses.of(family)) for family in families)


def has_strangers(addresses: Addresses) -> bool:
    """Whether more than a few of these are addresses on the internet."""
    return any(Namer(family, {}).has_strangers(addresses.of(family)) for family in FAMILIES)
