"""How one part of a rule becomes conditions: `-s …`, or `-m …` with its options."""

from collections.abc import Iterable
from typing import Final

from flowmodel.fields import NO_WAY_BACK, WAY_BACK, Family
from flowmodel.match import NEVER, Any, Condition, Match, Test, Unread, Volatile
from flowmodel.record import NamedTuple
from parsers.iptables.asides import ABSENT_HEADERS, Aside, arity, check
from parsers.iptables.conditions import negate, opaque_parts
from parsers.iptables.matches import (
    CHANGING,
    CORE,
    INDEPENDENT,
    MODULES,
    NEGATED_AS_ONE,
    PROTOCOL_MODULES,
    WHOLE,
)
from parsers.iptables.options import Answer, Asked, ForeignError, Option, Plain, options_of
from parsers.iptables.synonyms import own_module, own_name
from parsers.iptables.words import words
from parsers.shared.context import Context
from parsers.shared.names import PROTOCOLS
from parsers.shared.values import MalformedError

ABSENT: Final = Any(())
"""Stands beside NEVER where that is for a header that no packet has; known by its identity."""
_NOT_OF_EXTENSIONS = frozenset(CORE) | {"-m", "-j", "-g"}
_OF_PROTOCOLS = frozenset(
    option for name in PROTOCOL_MODULES.values() for option in MODULES[name].options
)


class Surroundings(NamedTuple):
    """What a part of a rule means depends on these."""

    family: Family
    table: str
    context: Context


class Part(NamedTuple):
    """What a part of a rule asks, and which of its words are not understood at all."""

    match: Match
    unknown: tuple[str, ...] = ()


_OUTSIDE: Final = "`{}` is outside the model"


def is_core(option: str) -> bool:
    """Whether the option belongs to iptables itself and not to an extension."""
    return own_name(option) in _NOT_OF_EXTENSIONS


def core_part(text: str, around: Surroundings) -> Match:
    """What `-s 192.0.2.0/24` or `! -i eth0` asks; raises ForeignError for any other option."""
    found = options_of(words(text), lambda name: _arity(CORE.get(own_name(name))))
    match: Match = ()
    for plain in found:
        option = CORE.get(own_name(plain.name))
        if option is None:
            raise ForeignError(plain.name)
        asked = _asked(plain, "", around)
        if plain.is_negated and own_name(plain.name) in {"-s", "-d"} and "," in asked.value:
            raise MalformedError(
                "`!` stands before several addresses; iptables refuses that", plain.text
            )
        answer = option.convert(asked)
        if plain.is_negated and own_name(plain.name) == "-p" and answer == ():
            raise MalformedError("`! -p all` can never match; iptables refuses it", plain.text)
        match += negate(answer, around.family) if plain.is_negated else answer
    return match


def check_protocol(text: str, protocol: int) -> None:
    """Raise MalformedError if the extension needs a `-p` that the rule has not; -1 is none."""
    name = text.partition(" ")[0]
    module = MODULES.get(own_module(name))
    if module and module.protocols and protocol not in module.protocols:
        *others, last = [f"-p {wanted}" for wanted in sorted(map(protocol_name, module.protocols))]
        wanted = f"`{', '.join(others)} or {last}`" if others else f"`{last}`"
        raise MalformedError(
            f"`-m {name}` needs {wanted} in the same rule; iptables refuses it without",
            f"-m {name}",
        )


def protocol_name(number: int) -> str:
    """What the protocol is called."""
    return next(name for name, value in PROTOCOLS.items() if value == number)


def module_part(text: str, around: Surroundings, *, lenient: bool = False) -> Part:
    """What `-m …` asks; `text` begins behind `-m`.

    An option that the extension does not have raises ForeignError, or stays unread if `lenient`.
    """
    found_words = words(text)
    if not found_words:
        raise MalformedError("`-m` has nothing behind it", "-m")
    name, *rest = found_words
    own = own_module(name.value)
    module = MODULES.get(own)
    if module is None:
        if absent := ABSENT_HEADERS.get(own):
            plains = options_of(rest, lambda option: arity(absent, option), lenient=lenient)
            return _absent(own, absent, plains, lenient=lenient)
        plains = options_of(rest, _lenient_arity if lenient else _strict_arity)
        return Part(_outside(own, f"-m {name.text}", plains, around))
    answers: list[Answer] = []
    unknown: list[Plain] = []
    found = options_of(
        rest,
        lambda option: _arity(module.options.get(own_name(option))),
        lenient=lenient,
    )
    for plain in found:
        option = module.options.get(own_name(plain.name))
        if option is None:
            if not lenient or is_core(plain.name):
                raise ForeignError(plain.name)
            unknown.append(plain)
            continue
        if any(answer.asked.option == own_name(plain.name) for answer in answers):
            raise MalformedError(f"`{plain.name}` stands twice in one `-m {own}`", plain.text)
        asked = _asked(plain, f"-m {name.text} ", around)
        answers.append(Answer(asked, plain.is_negated, option.convert(asked)))
    if module.needs_option and not answers and not unknown:
        raise MalformedError(
            f"`-m {name.text}` says nothing; iptables refuses it without an option",
            f"-m {name.text}",
        )
    match: Match = ()
    if module.combine and answers:
        match = module.combine(answers)
    else:
        for answer in answers:
            match += negate(answer.match, around.family) if answer.is_negated else answer.match
    for plain in unknown:
        sign = "! " if plain.is_negated else ""
        match += (Volatile(f"-m {name.text} {sign}{plain.text}"),)
    return Part(match, tuple(plain.text for plain in unknown))


def _absent(module: str, known: Aside, found: list[Plain], *, lenient: bool) -> Part:
    """A match that asks for a header which no packet has."""
    unknown = [plain for plain in found if plain.name not in known.options]
    if unknown and (not lenient or any(is_core(plain.name) for plain in unknown)):
        raise ForeignError(unknown[0].name)
    check(module, known, [plain for plain in found if plain not in unknown], negates=True)
    texts = tuple(plain.text for plain in unknown)
    return Part((NEVER, ABSENT, *(Volatile(f"-m {module} {text}") for text in texts)), texts)


def _arity(option: Option | None) -> int | None:
    return option.arity if option else None


def _strict_arity(option: str) -> int | None:
    """The arity in an extension outside the model: unknown, if it is not another one's option."""
    if is_core(option) or own_name(option) in _OF_PROTOCOLS:
        raise ForeignError(option)
    return None


def _lenient_arity(_option: str) -> int | None:
    return None


def _asked(plain: Plain, before: str, around: Surroundings) -> Asked:
    option = own_name(plain.name)
    return Asked(option, plain.values, before + plain.text, *around)


def _outside(module: str, prefix: str, found: list[Plain], around: Surroundings) -> Match:
    """The conditions of an extension outside the model, or that all packets answer alike."""
    options = {own_name(plain.name) for plain in found}
    if module == "rpfilter" and options <= {"--validmark", "--accept-local", "--invert"}:
        if len(options) < len(found):
            raise MalformedError("an option stands twice in one `-m rpfilter`", prefix)
        way = NO_WAY_BACK if "--invert" in options else WAY_BACK
        return (Test("rp_filter", ((way, way),)),)
    keep: type[Unread | Volatile] = Volatile
    if module in INDEPENDENT | WHOLE | NEGATED_AS_ONE and not (
        module in CHANGING and around.table != "filter"
    ):
        keep = Unread
    match: Match = ()
    if module in NEGATED_AS_ONE and sum(plain.is_negated for plain in found) == 1:
        text = " ".join([prefix, *(plain.text for plain in found)])
        return negate((keep(text),), around.family)
    if module in INDEPENDENT or len(found) == 1:
        for plain in found:
            condition: Condition = _kept(keep, f"{prefix} {plain.text}", module)
            match += negate((condition,), around.family) if plain.is_negated else (condition,)
        return match or (keep(prefix),)
    texts = [f"! {plain.text}" if plain.is_negated else plain.text for plain in found]
    return (_kept(keep, " ".join([prefix, *texts]), module),)


def _kept(keep: type[Unread | Volatile], text: str, module: str) -> Unread | Volatile:
    if module != "time":
        return keep(text)
    from parsers.iptables.times import last_day

    return Unread(text, until=last_day(text))


def outside(text: str) -> tuple[str, str, str]:
    """What to say of an opaque text, the text, and what to say of all of its kind.

    The kind is its first two words (`-m limit`); a text that explains itself is its own.
    """
    kind = text if " (" in text else " ".join(text.split()[:2])
    return _OUTSIDE.format(text), text, _OUTSIDE.format(kind)


def opaque_by_identity(matches: Iterable[Match]) -> dict[int, tuple[str, ...]]:
    """The conditions with parts that the model does not look into: their texts, each once."""
    texts: dict[int, tuple[str, ...]] = {}
    for match in matches:
        for condition in match:
            # Most are plain tests.
            if type(condition) is not Test and (found := list(opaque_parts((condition,)))):
                texts[id(condition)] = tuple(dict.fromkeys(each.text for each in found))
    return texts
