"""Reads config.xml of pfSense and OPNsense."""

from linter.model.ruleset import RuleSet
from linter.model.source import InputError, Source
from parsers.context import Context
from parsers.reading import start_of


def parse(source: Source, context: Context) -> RuleSet:
    """The rule set of a config.xml; raises InputError."""
    del context
    raise InputError("cannot be read yet", start_of(source.path))
