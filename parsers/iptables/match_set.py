"""What `-m set` asks of a packet."""

from linter.model.match import Match, Unread, Volatile
from parsers.iptables.conditions import negate
from parsers.iptables.options import Answer
from parsers.iptables.words import Malformed


def match_set(answers: list[Answer]) -> Match:
    """The membership that the options of `-m set` ask for."""
    asked = next((a for a in answers if a.asked.option == "--match-set"), None)
    if asked is None:
        raise Malformed("`-m set` needs `--match-set`", "-m set")
    text = " ".join([asked.asked.text, *(a.asked.text for a in answers if a is not asked)])
    if len(answers) > 1:
        return (Volatile(text),)
    match: Match = (Unread(text),)
    return negate(match, asked.asked.family) if asked.is_negated else match
