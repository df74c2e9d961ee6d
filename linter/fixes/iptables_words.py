"""A rule as iptables-save prints it, with other conditions in place of some of its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from linter.fixes.drafts import Kept
from parsers.iptables.words import words

LONGEST = 255
"""Characters of a comment, and one for its end (xt_comment.h, XT_MAX_COMMENT_LEN)."""
_VERDICTS = ("-j", "-g", "--jump", "--goto")
_TAKEN: Mapping[str, tuple[str, ...]] = {
    "src": ("-s", "--source", "--src", "--src-range"),
    "dst": ("-d", "--destination", "--dst", "--dst-range"),
    "service": (
        *("-p", "--protocol", "--dport", "--sport", "--destination-port", "--source-port"),
        *("--dports", "--sports", "--ports", "--icmp-type", "--icmpv6-type"),
    ),
}
"""The options that say the same as a field of a box, each with one value."""
_SERVICES = ("tcp", "udp", "sctp", "icmp", "icmp6", "multiport")
"""Matches that have nothing but such options, but for the last ones here."""
_OTHERS = ("--tcp-flags", "--syn", "--tcp-option", "--chunk-types")


def like(rule: str, kept: Kept, conditions: Iterable[str]) -> Iterator[str]:
    """The rule of a line with other conditions in place of the same ones of its own."""
    named = kept.fields
    taken = {option for name in named for option in _TAKEN[name]}
    rest = list(_groups([word.text for word in words(rule)]))
    if "service" in named:
        if any(group[-1] in _OTHERS or group[0] in _OTHERS for group in rest):
            return
        rest = [g for g in rest if not (g[0] == "-m" and g[1:2] and g[1] in _SERVICES)]
    rest = [g for g in rest if not taken & set(g[:2])]
    if not any(option in g for g in rest for option in ("--src-range", "--dst-range")):
        rest = [g for g in rest if g[:2] != ("-m", "iprange")]
    has_comment = any("--comment" in g for g in rest)
    comment = kept.comment[:LONGEST]
    told = f'-m comment --comment "{comment}"' if comment and not has_comment else ""
    own_ends = [g for g in rest if {"-s", "-d"} & set(g[:2])]
    names = [g for g in rest if {"-i", "-o"} & set(g[:2])]
    own = [g for g in rest if g not in own_ends and g not in names]
    matches, verdict = _cut(own)
    for each in conditions:
        ends, _, service = each.partition("-p ")
        told_ends = sorted((*map(" ".join, own_ends), ends.strip()), key=_is_destination)
        some = (*told_ends, *map(" ".join, names), f"-p {service}" if service else "")
        yield " ".join(
            w for w in (*some, *map(" ".join, matches), told, *map(" ".join, verdict)) if w
        )


def _is_destination(words: str) -> bool:
    """Where iptables-save has it: a source stands first."""
    return words.removeprefix("! ").startswith("-d")


def _groups(texts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The words as options, each with what belongs to it: `! -s 10.0.0.0/8`."""
    group: list[str] = []
    for text in texts:
        begins = text == "!" or (text[:1] == "-" and group and group[-1] != "!")
        if begins and group:
            yield tuple(group)
            group = []
        group.append(text)
    if group:
        yield tuple(group)


def _cut(groups: Sequence[tuple[str, ...]]) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """The conditions, and from `-j` on what is done."""
    at = next(
        (n for n, g in enumerate(groups) if g[0] in ("-j", "-g", "--jump", "--goto")), len(groups)
    )
    return list(groups[:at]), list(groups[at:])
