"""What a match extension is to the parser: its options, and how the words of one are read."""

import re
from collections.abc import Callable, Sequence

from flowmodel.fields import Family
from flowmodel.match import Match
from flowmodel.record import NamedTuple
from parsers.iptables.words import Word
from parsers.shared.context import Context
from parsers.shared.values import MalformedError

OPTION = re.compile(r"--?[A-Za-z]|-[46]$")


class ForeignError(Exception):
    """An option that the extension it stands behind does not have."""


class Asked(NamedTuple):
    """One option as it stands in a rule, without its negation."""

    option: str
    """Its own name, also where the rule has a synonym: `--dport`."""
    values: tuple[str, ...]
    text: str
    """The extension and the option in the rule's words: `-m owner --uid-owner 0`."""
    family: Family
    table: str
    context: Context

    @property
    def value(self) -> str:
        """The first word behind the option."""
        return self.values[0]


class Option(NamedTuple):
    """How many words follow an option, and what they ask of a packet."""

    arity: int
    convert: Callable[[Asked], Match]


class Answer(NamedTuple):
    """An option of a rule with what it asks; `match` is that without the negation."""

    asked: Asked
    is_negated: bool
    match: Match


class Module(NamedTuple):
    """A match extension whose options are read."""

    options: dict[str, Option]
    protocols: frozenset[int] = frozenset()
    """The protocols one of which `-p` must name."""
    combine: Callable[[list[Answer]], Match] | None = None
    """What the options mean together, where it is not that each of them holds."""
    needs_option: bool = False


class Plain(NamedTuple):
    """An option and its words, before anyone has asked what they mean."""

    name: str
    is_negated: bool
    values: tuple[str, ...]
    text: str
    """In the rule's words, without the negation."""


def options_of(
    words: Sequence[Word], arity_of: Callable[[str], int | None], *, lenient: bool = False
) -> list[Plain]:
    """The options in the words; an arity of None takes all words up to the next option.

    Both `! --option value` and the older `--option ! value` negate (iptables 1.4.3 changed it).
    """
    found: list[Plain] = []
    index, is_negated = 0, False
    while index < len(words):
        word = words[index]
        index += 1
        if word.text == "!":
            if is_negated:
                raise MalformedError("two negations follow each other", "! !")
            is_negated = True
            continue
        if not OPTION.match(word.text):
            if lenient:
                found.append(Plain(word.text, is_negated, (), word.text))
                is_negated = False
                continue
            raise MalformedError(f"`{word.text}` belongs to no option", word.text)
        name, equals, value = word.text.partition("=")
        texts, values = [word.text], [value] if equals and name.startswith("--") else []
        if not values:
            name = word.text
        arity = arity_of(name)
        while index < len(words) and (
            len(values) < arity
            if arity is not None
            else words[index].text != "!" and not OPTION.match(words[index].text)
        ):
            if words[index].text == "!" and not is_negated and not values:
                is_negated = True
            else:
                values.append(words[index].value)
                texts.append(words[index].text)
            index += 1
        if arity is not None and len(values) < arity:
            raise ForeignError(name)
        found.append(Plain(name, is_negated, tuple(values), " ".join(texts)))
        is_negated = False
    if is_negated:
        raise MalformedError("a negation has no option behind it", "!")
    return found
