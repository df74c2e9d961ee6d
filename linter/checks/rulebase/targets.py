"""The targets of a written rule: a map has several, and each may fare otherwise than the others."""

from flowmodel.fields import Family
from flowmodel.ruleset import Rule
from flowmodel.values import size
from flowmodel.verdict import (
    Accept,
    Drop,
    Goto,
    Jump,
    MapNetwork,
    Reject,
    Return,
    TranslateDestination,
    Verdict,
)
from linter.engine.sets.words import addresses_in_words, ports_in_words


def target(rule: Rule) -> str:
    """The target of what a device makes of a written rule: `drop`, `jump bans`.

    It is empty for what is no verdict of a map.
    """
    match rule.verdict:
        case Jump(chain):
            return f"jump {chain}"
        case Goto(chain):
            return f"goto {chain}"
        case Accept():
            return "accept"
        case Drop():
            return "drop"
        case Reject():
            return "reject"
        case Return():
            return "return"
        case _:
            return ""


def sent_to(verdict: Verdict, family: Family) -> str:
    """Where a translation sends packets: `10.1.0.10 port 443`.

    It is the same in both families where the translation names no address.
    """
    bits = 32 if family == 4 else 128
    if isinstance(verdict, MapNetwork):
        last = verdict.network | ((1 << bits) - 1) ^ verdict.mask
        return addresses_in_words(((verdict.network, last),), family)
    assert isinstance(verdict, TranslateDestination)
    is_named = not verdict.local and size(verdict.addresses) < 1 << bits
    address = addresses_in_words(verdict.addresses, family) if is_named else ""
    port = f"port {ports_in_words(verdict.ports)}" if size(verdict.ports) < 1 << 16 else ""
    unnamed = "the device itself" if verdict.local else "somewhere that the export does not tell"
    return " ".join(filter(None, (address, port))) or unnamed
