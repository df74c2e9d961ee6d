"""Mutations of any text: its lines, its words and tokens, its quotes and brackets."""

import re
from collections.abc import Callable
from random import Random

from tests.fuzz.words import MARKS, NUMBERS, ODD, PLACES, phrases, words

_TOKEN = re.compile(r'"[^"\n]*"|[\w.:/-]+|\s+|[^\w\s]')


def mutate_text(random: Random, text: str, kind: str, other: str) -> str:
    """The text with one change, which may take something from another text."""
    return random.choice(_CHANGES)(random, text, kind, other)


def garbled(random: Random, text: str, kind: str) -> str:
    """A word or a few with one token changed, or something else in their place."""
    dice = random.random()
    if dice < 0.25:
        return random.choice((random.choice(words(kind)), random.choice(PLACES)))
    if dice < 0.35:
        return random.choice(NUMBERS)
    return _tokens(random, text, kind, text) if text else random.choice(ODD)


def _lines(random: Random, text: str, _kind: str, other: str) -> str:
    lines = text.split("\n")
    at = random.randrange(len(lines))
    to = random.randrange(len(lines) + 1)
    match random.randrange(7):
        case 0:
            del lines[at : at + random.choice((1, 1, 1, 2, 5))]
        case 1:
            lines[to:to] = [lines[at]] * random.choice((1, 1, 1, 2, 40))
        case 2:
            lines.insert(to, lines.pop(at))
        case 3:
            lines[at : at + 2] = [random.choice(("", " ", ODD[0])).join(lines[at : at + 2])]
        case 4:
            theirs = other.split("\n")
            start = random.randrange(len(theirs))
            lines[to:to] = theirs[start : start + random.choice((1, 1, 2, 8))]
        case 5:
            line = lines[at]
            cut = random.randrange(len(line) + 1)
            lines[at : at + 1] = [line[:cut], line[cut:]]
        case _:
            lines[at] = lines[at].strip() if random.random() < 0.5 else f" {lines[at]}\t"
    return "\n".join(lines)


def _tokens(random: Random, text: str, kind: str, other: str) -> str:
    tokens = _TOKEN.findall(text) or [""]
    at = random.randrange(len(tokens))
    to = random.randrange(len(tokens) + 1)
    match random.randrange(13):
        case 0:
            del tokens[at : at + random.choice((1, 1, 2, 3))]
        case 1:
            tokens[to:to] = [tokens[at], " "] * random.choice((1, 1, 1, 30))
        case 2:
            tokens[at - 1], tokens[at] = tokens[at], tokens[at - 1]
        case 3:
            tokens[at] = random.choice(words(kind))
        case 4:
            tokens[at] = random.choice(NUMBERS if random.random() < 0.5 else PLACES)
        case 5:
            tokens.insert(to, random.choice(ODD))
        case 6:
            tokens[at] += random.choice(ODD)
        case 7:
            tokens[at] = random.choice(_TOKEN.findall(other) or [""])
        case 8:
            tokens[to:to] = [" ", random.choice(words(kind)), " "]
        case 9:
            tokens[at] = _marked(random, tokens[at])
        case _:
            # What has the same form is read more often, and so comes further.
            form = _form(tokens[at])
            some = random.choices(_TOKEN.findall(other) or tokens, k=12)
            alike = (each for each in some if _form(each) == form and each != tokens[at])
            tokens[at] = next(alike, some[0])
    return "".join(tokens)


def _form(token: str) -> str:
    return re.sub(r"[a-z]+", "a", re.sub(r"\d+", "0", token))


def _marked(random: Random, token: str) -> str:
    mark = random.choice(MARKS)
    pair = random.choice(('""', "''", "{}", "[]", "()", "  ", "\"'", "{]", mark + mark))
    whole = f"{pair[0]}{token}{pair[1]}", f"{token},{token}", f"{token}-{token}", f"! {token}"
    parts = token[1:], token[:-1], mark + token, token + mark, f"{token} {mark}", f'"{token}'
    return random.choice((*whole, *parts, token.upper(), mark * 300))


def _characters(random: Random, text: str, _kind: str, _other: str) -> str:
    at = random.randrange(len(text) + 1)
    new = random.choice((random.choice(ODD), random.choice(MARKS), "", ""))
    return text[:at] + new + text[at + random.choice((0, 1, 1, 2, 9)) :]


def _phrase(random: Random, text: str, kind: str, _other: str) -> str:
    """The text with something in it that a test lets the reader read."""
    known = phrases(kind)
    if not known:
        return text
    phrase = random.choice(known)
    if kind == "iptables-save" and phrase[:1] not in "-:*#":
        phrase = f"-A INPUT {phrase}"
    elif kind == "iptables-save" and not phrase.startswith(("-A", "-I", ":", "*", "#")):
        phrase = f"-A INPUT {phrase}" + random.choice(("", " -j ACCEPT"))
    lines = text.split("\n")
    to = random.randrange(len(lines) + 1)
    lines[to : to + random.randrange(2)] = [phrase]
    return "\n".join(lines)


def _splice(random: Random, text: str, _kind: str, other: str) -> str:
    """The beginning of the one and the end of the other."""
    return text[: random.randrange(len(text) + 1)] + other[random.randrange(len(other) + 1) :]


def _cut(random: Random, text: str, _kind: str, _other: str) -> str:
    return text[: random.randrange(len(text) + 1)]


Change = Callable[[Random, str, str, str], str]
_CHANGES: tuple[Change, ...] = (
    *(_tokens,) * 8,
    *(_lines,) * 4,
    *(_phrase,) * 4,
    *(_characters,) * 2,
    _splice,
    _cut,
)
