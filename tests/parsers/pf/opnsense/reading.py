"""Reads pieces of an OPNsense config, as the facts write them."""

from flowmodel.ruleset import Gap, Link
from flowmodel.source import Source
from parsers.pf.opnsense import read
from parsers.pf.opnsense.interfaces import interfaces
from parsers.pf.opnsense.links import links
from parsers.pf.rules import Configuration
from parsers.pf.xml import read_xml
from tests.oracles.opnsense.facts import BASE


def configuration(model: str = "", older: str = "") -> Configuration:
    """What is read of the pieces, in the usual surroundings."""
    return of_text(BASE.format(model=model, older=older))


def of_text(text: str) -> Configuration:
    """What is read of a whole config."""
    return read(read_xml(Source("config.xml", text.split("\n"))))


def links_of(text: str) -> tuple[Link, ...]:
    """Where a whole config stands: its interfaces, with what is behind them."""
    root = read_xml(Source("config.xml", text.split("\n")))
    return links(root, interfaces(root))


def said(gaps: tuple[Gap, ...]) -> list[str]:
    """The remarks: check and message."""
    return [f"{gap.check}: {gap.message}" for gap in gaps]
