"""Reads pieces of an OPNsense config, as the facts write them."""

from flowmodel.ruleset import Gap
from flowmodel.source import Source
from parsers.pf.opnsense import read
from parsers.pf.rules import Configuration
from parsers.pf.xml import read_xml
from tests.oracles.opnsense.facts import BASE


def configuration(model: str = "", older: str = "") -> Configuration:
    """What is read of the pieces, in the usual surroundings."""
    return of_text(BASE.format(model=model, older=older))


def of_text(text: str) -> Configuration:
    """What is read of a whole config."""
    return read(read_xml(Source("config.xml", text.split("\n"))))


def said(gaps: tuple[Gap, ...]) -> list[str]:
    """The remarks: check and message."""
    return [f"{gap.check}: {gap.message}" for gap in gaps]
