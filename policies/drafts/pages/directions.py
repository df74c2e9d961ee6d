"""Words of direction, and what a heading names beside them."""

import re
from typing import Final, Literal

Direction = Literal["in", "out", "in+out", ""]

_IN: Final = r"incoming|inbound|in-bound|ingress|listen(?:s|ing)?"
_OUT: Final = r"outgoing|outbound|out-bound|egress"
_BOTH: Final = r"both(?: directions| ways)?|bi-?directional|two-way|either|↔|<->|⇔|<=>"
_WORD: Final = re.compile(rf"(?<![a-z])(?:({_IN})|({_OUT})|({_BOTH}))(?![a-z])", re.IGNORECASE)
_SHORT: Final = {"in": "in", "out": "out", "→": "out", "←": "in"}
# What a heading of a port table has beside the name of a machine.
_GENERAL: Final = re.compile(
    r"(?<![a-z0-9-])(?:ports?|network(?:s|ing)?|firewalls?|rules?|requirements?|connections?"
    r"|connectivity|communications?|traffic|required|requires?|needed|open(?:ed)?|tables?|used|use"
    r"|uses|default|defaults|by|for|from|to|on|in|at|with|using|of|the|an?|and|or|lists?|following"
    r"|protocols?|numbers?|tcp|udp|specific|overview|summary|reference|services?|settings?"
    r"|configurations?|access|external|publicly|privately|public|private|optional|details"
    r"|information|between|all|your|our|these|which|are|is|must|be|system|standard|additional"
    r"|other|basic|general|common|main|allow|allowed|lists?|matrix)(?![a-z0-9-])",
    re.IGNORECASE,
)
_ARROW: Final = re.compile(
    r"(?P<one>\S.{0,98}?)\s*"
    r"(?P<way><\s*[-=\u2013\u2014]{1,3}\s*>|↔|⇔|[-=\u2013\u2014]{1,3}\s*>|→|⇒)"
    r"\s*(?P<other>\S.{0,99})"
)
_TO: Final = re.compile(
    r"(?:(?:ports?|rules?|connections?)\s(?:(?:used|needed|required)\s)?(?:for|by|from)\s)?"
    r"(?:from\s)?(?!how\s)(?P<one>\S.{0,98}?)(?P<way>\s)to\s(?P<other>\S.{0,98}?)\s"
    r"(?:communications?|traffic|connections?)",
    re.IGNORECASE,
)


def pair(heading: str) -> tuple[str, str, Direction]:
    """Who connects to whom in a heading such as `Client --> Server`; empty texts if it has none."""
    match = _ARROW.fullmatch(heading) or _TO.fullmatch(heading)
    if not match:
        return "", "", ""
    is_both = match["way"].startswith(("<", "↔", "⇔"))
    return match["one"], match["other"], "in+out" if is_both else ""


def directions(text: str) -> Direction:
    """The direction that a text names."""
    found = {
        "in" if match[1] else "out" if match[2] else "in+out" for match in _WORD.finditer(text)
    }
    return _joined(found)


def only_direction(text: str) -> Direction:
    """The direction of a cell that names nothing else."""
    if len(text) > 60:
        return ""
    left = _WORD.sub(" ", text)
    short = re.findall(r"in|out|→|←|[^\s/,&+|()-]+", left.lower())
    known = {_SHORT[one] for one in short if one in _SHORT}
    others = [one for one in short if one not in _SHORT and one not in ("and", "or", "only")]
    if others:
        return ""
    found = known | ({one} if (one := directions(text)) else set())
    return _joined(found)


def _joined(found: set[str]) -> Direction:
    if not found:
        return ""
    if found == {"in"}:
        return "in"
    return "out" if found == {"out"} else "in+out"


def machine(heading: str) -> str:
    """What a heading names beside ports and directions; empty if that is nothing."""
    text = re.sub(r"\([^()]*\)", " ", heading)
    text = re.sub(r"[^\w\s.&/+-]", " ", _WORD.sub(" ", text))
    text = " ".join(_GENERAL.sub(" ", text).split()).strip(" .-/&+")
    return text if re.search(r"[a-z]{2}", text, re.IGNORECASE) and len(text) <= 60 else ""
