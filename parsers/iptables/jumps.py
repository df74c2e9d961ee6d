"""The words behind `-j` and `-g` of a rule, and what they do."""

from typing import Final

from flowmodel.verdict import CONTINUE, Goto, Jump, UnknownMark
from parsers.iptables.asides import CONTINUES, Aside, arity, check
from parsers.iptables.extensions import Surroundings, is_core
from parsers.iptables.options import ForeignError, Plain, options_of
from parsers.iptables.targets import DECIDES, TARGETS, UNKNOWN, Outcome, Said, unknown
from parsers.iptables.words import Word, words
from parsers.shared.values import MalformedError

_SYNONYMS: Final = {"--to-port": "--to-ports"}


def read_target(text: str, chain: str, chains: frozenset[str], around: Surroundings) -> Outcome:
    """What the words behind `-j` do; `chains` are those of the table, `chain` the rule's own.

    Raises ForeignError for an option that the target does not have.
    """
    name, rest = _named(text, "-j")
    if name.value in chains:
        if rest:
            raise ForeignError(rest[0].text)
        return Outcome(Jump(name.value))
    target = TARGETS.get(name.value)
    if target is None:
        if known := CONTINUES.get(name.value):
            found = options_of(rest, lambda option: arity(known, option))
            return _aside(name.value, known, found)
        return _other_target(name.value, options_of(rest, _any_arity), around)
    options: dict[str, Plain] = {}
    for plain in options_of(rest, lambda option: target.options.get(_SYNONYMS.get(option, option))):
        option = _SYNONYMS.get(plain.name, plain.name)
        if option not in target.options:
            raise ForeignError(plain.name)
        if option in options:
            raise MalformedError(f"`{plain.name}` stands twice", plain.text)
        options[option] = plain
    if target.tables and around.table not in target.tables:
        raise MalformedError(
            f"the kernel takes `-j {name.value}` in the table {min(target.tables)} only",
            f"-j {name.value}",
        )
    return target.act(Said(name.value, options, f"-j {text}", chain, around))


def _named(text: str, option: str) -> tuple[Word, list[Word]]:
    found = words(text)
    if not found:
        raise MalformedError(f"`{option}` has nothing behind it", option)
    return found[0], found[1:]


def read_goto(text: str, chains: frozenset[str]) -> Outcome:
    """What the words behind `-g` do."""
    name, rest = _named(text, "-g")
    if rest:
        raise ForeignError(rest[0].text)
    if name.value not in chains:
        raise MalformedError(f"there is no chain {name.value} in this table", name.text)
    return Outcome(Goto(name.value))


def _any_arity(option: str) -> int | None:
    if is_core(option):
        raise ForeignError(option)
    return None


def _aside(name: str, known: Aside, found: list[Plain]) -> Outcome:
    """A target behind which the packet goes on to the next rule."""
    check(name, known, found)
    if any(plain.name == "--map-mark" for plain in found):
        # xt_set.c, set_target_v3: the mark of the set's entry.
        text = " ".join([f"-j {name}", *(plain.text for plain in found)])
        gap = f"`{text}` sets a mark that the model does not know"
        return Outcome(CONTINUE, (UnknownMark("mark", text),), gap=gap)
    return Outcome(CONTINUE)


def _other_target(name: str, options: list[Plain], around: Surroundings) -> Outcome:
    texts = [f"! {plain.text}" if plain.is_negated else plain.text for plain in options]
    text = " ".join([f"-j {name}", *texts])
    if name in UNKNOWN or options:
        return unknown(text, escapes=name not in DECIDES)
    raise MalformedError(f"there is no chain or target {name} in the table {around.table}", text)
