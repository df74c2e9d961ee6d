"""Reads what a site file says about places: addresses, networks, and the words for them."""

from collections.abc import Collection
from typing import Final

from flowmodel.addresses import Addresses, together
from flowmodel.fields import FAMILIES
from flowmodel.record import dataclass
from flowmodel.site import Public
from flowmodel.source import Span
from policies.addresses import (
    NOWHERE,
    globally_reachable,
    looks_like_address,
    parse_addresses,
)
from policies.schema import did_you_mean, keyed, name, texts
from policies.yaml_nodes import Errors, Node

WORDS: Final = ("internet", "any")


@dataclass(frozen=True, slots=True)
class Where:
    """What a site says about where something is: addresses, or a word that stands for some."""

    span: Span
    addresses: Addresses = NOWHERE
    public: Addresses = NOWHERE
    is_internet: bool = False
    is_any: bool = False
    is_none: bool = False
    machines: tuple["Where", ...] = ()
    """The same machine by machine, where the site pairs each with its public addresses."""
    published: tuple[Public, ...] = ()
    """What it says of some of the public addresses."""


def read_networks(errors: Errors, node: Node | None) -> dict[str, Addresses]:
    """The networks by name."""
    networks = {}
    for key, value in keyed(errors, node, "`networks`"):
        label = name(errors, key, "a network", (*WORDS, "none", "all", "self"))
        networks[label] = read_where(errors, value, {}, ()).addresses
    everywhere = together(networks.values())
    # A network "everything" would leave no internet, and no flow from there would be checked.
    for family in FAMILIES:
        if node is not None and not (globally_reachable() - everywhere).of(family):
            errors.add(
                f"the networks cover every public IPv{family} address, which leaves none for "
                "`internet`; list only the site's own networks",
                node.span,
            )
    return networks


def read_where(
    errors: Errors, node: Node, networks: dict[str, Addresses], words: tuple[str, ...]
) -> Where:
    """What a text or a list says: addresses, prefixes, ranges, networks and the given words."""
    found: list[Addresses] = []
    said = set()
    names = texts(errors, node, "an address")
    for one in names:
        word = one.value.strip()
        if word in words:
            said.add(word)
        elif word in networks:
            found.append(networks[word])
        elif looks_like_address(word):
            try:
                found.append(parse_addresses(word))
            except ValueError as error:
                errors.add(_hinted(str(error), word), one.span)
        else:
            errors.add(_unknown(word, (*networks, *words)), one.span)
    if "none" in said and len(names) > 1:
        errors.add("`none` cannot be combined with other values", node.span)
    return Where(
        node.span, together(found), NOWHERE, "internet" in said, "any" in said, "none" in said
    )


def _hinted(message: str, word: str) -> str:
    from policies.spellings import addresses_meant, hinted

    return hinted(message, addresses_meant(word))


def _unknown(word: str, names: Collection[str]) -> str:
    if not names:
        return _hinted(f"`{word}` is not an address, prefix or range", word)
    message = f"`{word}` is neither an address nor a known name{did_you_mean(word, names)}"
    return _hinted(message, word)


def read_places(errors: Errors, node: Node | None, names: Collection[str]) -> tuple[str, ...]:
    """Networks, roles of policies (`leap.webapp`), words and addresses, as text."""
    found = []
    for one in texts(errors, node, "an endpoint"):
        word = one.value.strip()
        if word not in names:
            if looks_like_address(word):
                try:
                    parse_addresses(word)
                except ValueError as error:
                    errors.add(_hinted(str(error), word), one.span)
                    continue
            else:
                errors.add(_unknown(word, names), one.span)
                continue
        found.append(word)
    return tuple(found)
