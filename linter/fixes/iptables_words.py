"""A rule as iptables-save prints it, with other conditions in place of some of its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from flowmodel.record import NamedTuple
from linter.fixes.drafts import Kept
from parsers.iptables.abbreviations import full
from parsers.iptables.cut import protocol_of
from parsers.iptables.matches import PROTOCOL_MODULES
from parsers.iptables.synonyms import own_module, own_name
from parsers.iptables.words import words
from parsers.shared.values import MalformedError

LONGEST = 255
"""Characters of a comment, and one for its end (xt_comment.h, XT_MAX_COMMENT_LEN)."""
_VERDICTS = ("-j", "-g")
_TAKEN: Mapping[str, tuple[str, ...]] = {
    "src": ("-s", "--src-range"),
    "dst": ("-d", "--dst-range"),
    "service": (
        *("-p", "--dport", "--sport", "--dports", "--sports", "--ports"),
        *("--icmp-type", "--icmpv6-type"),
    ),
}
"""The options that say the same as a field of a box, each with one value."""
_SERVICES = ("tcp", "udp", "sctp", "icmp", "icmp6", "multiport")
"""Matches that have nothing but such options, but for the last ones here."""
_OTHERS = ("--tcp-flags", "--syn", "--tcp-option", "--chunk-types")


class _Option(NamedTuple):
    """One option with what belongs to it: `! -s 10.0.0.0/8`."""

    name: str
    """Its own name, whichever the line has."""
    value: str
    """The first word behind it."""
    text: str
    """As the line has it."""


def like(rule: str, kept: Kept, conditions: Iterable[str]) -> Iterator[str]:
    """The rule of a line with other conditions in place of the same ones of its own."""
    named = kept.fields
    taken = {option for name in named for option in _TAKEN[name]}
    rest = list(_options([word.text for word in words(rule)]))
    if "service" in named:
        if any(each.name in _OTHERS for each in rest):
            return
        rest = [e for e in rest if not (e.name == "-m" and own_module(e.value) in _SERVICES)]
    rest = [each for each in rest if each.name not in taken]
    if not any(each.name in ("--src-range", "--dst-range") for each in rest):
        rest = [each for each in rest if (each.name, each.value) != ("-m", "iprange")]
    has_comment = any(each.name == "--comment" for each in rest)
    comment = kept.comment[:LONGEST]
    told = f'-m comment --comment "{comment}"' if comment and not has_comment else ""
    own_ends = [(each.name == "-d", each.text) for each in rest if each.name in ("-s", "-d")]
    names = [each.text for each in rest if each.name in ("-i", "-o")]
    own = [each for each in rest if each.name not in ("-s", "-d", "-i", "-o")]
    matches, verdict = _cut(own)
    for condition in conditions:
        ends, _, service = condition.partition("-p ")
        # Where iptables-save has it: a source stands first.
        told_ends = sorted((*own_ends, (ends.startswith("-d"), ends.strip())), key=lambda e: e[0])
        some = (*(text for _, text in told_ends), *names, f"-p {service}" if service else "")
        yield " ".join(filter(None, (*some, *matches, told, *verdict)))


def _options(texts: Sequence[str]) -> Iterator[_Option]:
    """The words as options, under the names that the reader of rules knows them by."""
    modules: list[str] = []
    target = implied = ""
    for group in _groups(texts):
        option, *values = [text for text in group if text != "!"] or [""]
        if option.startswith("--"):
            option, equals, value = option.partition("=")
            values = [value, *values] if equals else values
        first = values[0] if values else ""
        name = own_name(_full(option, modules, implied, target))
        if name == "-m":
            modules.append(first)
        elif name == "-p" and "!" not in group:
            implied = PROTOCOL_MODULES.get(protocol_of([f"p {first}"]), "")
        elif name in _VERDICTS:
            target = first
        yield _Option(name, first, " ".join(group))


def _full(option: str, modules: Sequence[str], implied: str, target: str) -> str:
    """The option that a word is the beginning of, as `parsers.iptables.cut` finds it."""
    try:
        found = full(option, tuple(modules), target)
        return full(option, (*modules, implied), target) if found == option and implied else found
    except MalformedError:
        return option


def _groups(texts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The words, each option with its values and the `!` before it."""
    group: list[str] = []
    for text in texts:
        begins = text == "!" or (text[:1] == "-" and group and group[-1] != "!")
        if begins and group:
            yield tuple(group)
            group = []
        group.append(text)
    if group:
        yield tuple(group)


def _cut(options: Sequence[_Option]) -> tuple[list[str], list[str]]:
    """The conditions, and from `-j` on what is done."""
    texts = [each.text for each in options]
    at = next((n for n, each in enumerate(options) if each.name in _VERDICTS), len(texts))
    return texts[:at], texts[at:]
