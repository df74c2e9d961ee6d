"""The order of a model's rules."""

from xml.etree.ElementTree import Element

from tests.oracles.pf.tree import text


def place(rule: Element) -> tuple[int, str]:
    """By their numbers, which are 1 where none is said (Filter.xml), and by uuid."""
    return int(text(rule, "sequence") or 1), rule.get("uuid", "")
