"""What the options of Suricata's rules test: `flow`, and what is beyond headers.

Suricata User Guide: "Meta Keywords", "Flow Keywords", "Rule Types and Categorization".
"""

import re
from collections.abc import Sequence
from typing import Final, Literal

from flowmodel.record import NamedTuple
from parsers.aws.suricata.signature import Option, RuleError
from parsers.shared.digits import is_decimal

DESCRIBING: Final = frozenset(
    (
        *("msg", "sid", "rev", "gid", "classtype", "reference", "priority", "metadata", "target"),
        *("noalert", "tag"),
    )
)
"""They test nothing: they name the rule, order alerts, or say what is written to logs.

`requires` is none of them: an engine of another version does not load the rule at all.
"""

# They ask what other packets, or rules, have left behind.
_REMEMBERING: Final = frozenset(
    (
        *("flowbits", "xbits", "hostbits", "flowint", "flowvar", "pktvar", "threshold"),
        *("detection_filter", "dataset", "datarep", "stream_size"),
        *("flow.age", "flow.pkts", "flow.bytes", "flow.elephant"),
    )
)
# Actions of flowbits, xbits and hostbits that change bits and ask for none.
_CHANGING: Final = frozenset(("set", "unset", "toggle", "noalert"))
_DIRECTIONS: Final[dict[str, Literal["to_server", "to_client"]]] = {
    "to_server": "to_server",
    "from_client": "to_server",
    "to_client": "to_client",
    "from_server": "to_client",
}
_NUMBERS: Final = ("sid", "rev", "gid")
# detect-sid.c, detect-rev.c and detect-msg.c: "duplicated keyword"; no such rule is loaded.
_ONCE: Final = ("sid", "rev", "msg")
# Rules that the API has as objects have some settings in quotation marks.
_NUMBER: Final = re.compile(r'"?[0-9]{1,10}"?')
LOWEST_PRIORITY: Final = 3
"""That of rules without the keyword (Suricata User Guide, "Meta Keywords", priority)."""


class Meaning(NamedTuple):
    """The options of one rule."""

    direction: Literal["", "to_server", "to_client"]
    established: bool | None
    """Whether the connection has to be established, or must not be; None: it may be either."""
    has_flow: bool
    """Whether there is a `flow` option: it matches only packets that are part of a flow."""
    unread: str
    """The options that test contents, as text; they go together, in their order."""
    volatile: str
    """The options that test what was before."""
    keywords: tuple[str, ...]
    """The keywords of all that is not read, each once."""
    priority: int
    sid: str
    message: str
    is_bypass: bool
    """Whether the rest of a connection is not looked at, whatever the rule's action is."""
    gid: str = "1"
    """The group that the `sid` is of; 1 where the rule says nothing (detect-parse.c, SigAlloc)."""


def meaning(options: Sequence[Option]) -> Meaning:
    """What a rule's options test; raises RuleError for settings that Suricata refuses."""
    for option in options:
        _check_form(option)
    flow, rest = _flow([option for option in options if option.keyword == "flow"])
    if not any(option.keyword == "sid" for option in options):
        # detect-parse.c, SigValidateConsolidate.
        raise RuleError("a rule needs a `sid`", options[0].at if options else 0)
    for name in _ONCE:
        at = [option.at for option in options if option.keyword == name]
        if len(at) > 1:
            raise RuleError(f"`{name}` stands in the rule twice", at[1])
    unread: list[str] = rest
    volatile: list[str] = []
    keywords = ["flow"] if rest else []
    for option in options:
        name = option.keyword
        if name in DESCRIBING or name == "flow":
            continue
        if name == "bypass":
            pass
        elif name in _REMEMBERING:
            if name in ("flowbits", "xbits", "hostbits") and _first(option) in _CHANGING:
                continue
            volatile.append(str(option))
        else:
            unread.append(str(option))
        keywords.append(name)
    values = {option.keyword: option for option in options}
    return Meaning(
        _direction(flow),
        True if "established" in flow else False if "not_established" in flow else None,
        "flow" in values,
        "; ".join(unread),
        "; ".join(volatile),
        tuple(dict.fromkeys(keywords)),
        _priority(values.get("priority")),
        values["sid"].settings if "sid" in values else "",
        values["msg"].settings.strip('"') if "msg" in values else "",
        "bypass" in values,
        values["gid"].settings.strip('"') if "gid" in values else "1",
    )


def _check_form(option: Option) -> None:
    """Raises RuleError for settings of another form: Suricata loads no such rule.

    detect-sid.c, detect-rev.c and detect-gid.c.
    """
    if option.keyword in _NUMBERS and not _NUMBER.fullmatch(option.settings):
        raise RuleError(f"the setting of `{option.keyword}` is a number", option.at)


def _first(option: Option) -> str:
    return option.settings.partition(",")[0].strip()


def _flow(options: Sequence[Option]) -> tuple[set[str], list[str]]:
    """The words of `flow` that are read, and what is not read, as texts."""
    words: set[str] = set()
    unread: list[str] = []
    for option in options:
        for word in map(str.strip, option.settings.split(",")):
            if word in _DIRECTIONS or word in ("established", "not_established", "stateless"):
                words.add(word)
            elif word in ("only_stream", "no_stream", "only_frag", "no_frag"):
                unread.append(f"flow:{word}")
            else:
                raise RuleError(f"`{word}` is nothing that `flow` knows", option.at)
    if {"established", "not_established"} <= words or len(_directions(words)) > 1:
        raise RuleError("these words of `flow` exclude each other", options[0].at)
    return words, unread


def _directions(words: set[str]) -> set[str]:
    return {_DIRECTIONS[word] for word in words if word in _DIRECTIONS}


def _direction(words: set[str]) -> Literal["", "to_server", "to_client"]:
    return next((_DIRECTIONS[word] for word in sorted(words) if word in _DIRECTIONS), "")


def _priority(option: Option | None) -> int:
    if option is None:
        return LOWEST_PRIORITY
    if not is_decimal(option.settings) or len(option.settings) > 5:
        raise RuleError("a priority is a number", option.at)
    return int(option.settings)
