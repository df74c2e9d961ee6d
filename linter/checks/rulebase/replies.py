"""Rules that are there for replies, and the connections that begin by them."""

from collections.abc import Iterator

from flowmodel.fields import TCP, UDP
from flowmodel.match import Test, leaves
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.values import Values, size
from flowmodel.verdict import Accept
from linter.checks.rulebase.samples import Sample, sample
from linter.checks.rulebase.tools import is_by_hand
from linter.engine.device.connection import OPENING, with_flags, without_flags
from linter.engine.device.fates import Fate, Fates
from linter.engine.device.forms import FORMS
from linter.engine.device.program import called_from
from linter.engine.sets.digest import digest
from linter.engine.sets.space import PacketSet, minus
from linter.engine.sets.words import packets_in_words

_FEW, _MANY = 64, 1 << 12
_HIGH = 1024
"""Clients send from no port below (RFC 6335, section 6: these are assigned to services)."""
_LINUX_LAST, _IANA_FIRST = 60999, 49152
"""The last port that Linux sends from by itself (ip_local_port_range); the first of RFC 6335."""
_SHOWN = ((22, 22), (3389, 3389), (5432, 5432), (8080, 8080))
"""Ports that people know, for the packet that is shown."""


class Hole(NamedTuple):
    """Connections that a rule for replies lets begin, and no other rule."""

    is_certain: bool
    sample: Sample
    extent: str
    digest: str
    """What stands for its packets exactly."""


def asks(chain: Chain) -> bool:
    """Whether such rules are looked for in a base chain: what leaves the device does not count."""
    base = chain.base
    is_filter = base is not None and base.purpose == "filter"
    return is_filter and base is not None and base.hook not in ("output", "postrouting")


def hole(chain: Fates, fate: Fate, *, is_stateless: bool) -> Hole | None:
    """The connections that begin by a rule for replies; None where none do, or it is none.

    `is_stateless`: whether nothing in the chain asks for states.
    """
    if not is_written_for_replies(fate.chain, fate.rule, is_stateless=is_stateless):
        return None
    opened = _opened(chain, fate)
    return None if chain.is_empty(opened) else _hole(chain, opened)


def is_written_for_replies(chain: Chain, rule: Rule, *, is_stateless: bool) -> bool:
    """Whether somebody wrote the rule for replies, or so that it may be there for them."""
    if rule.is_given or rule.is_automatic or not isinstance(rule.verdict, Accept):
        return False
    may_be = bool(source_ports(rule)) or (is_stateless and is_for_clients(rule))
    return may_be and is_by_hand(chain, rule)


def stateless(table: Table, base: Chain) -> bool:
    """Whether no rule that somebody wrote asks for the state of connections there."""
    return not any(map(_asks_for_state, _written(table, base)))


def _written(table: Table, base: Chain) -> Iterator[Rule]:
    for each in called_from(table, base):
        yield from (rule for rule in each.rules if not rule.is_given)


def _opened(chain: Fates, fate: Fate) -> PacketSet:
    """The first packets of others that nothing else would let pass.

    They have SYN alone where the rule is for packets with other flags only if it is for those too.
    """
    space = chain.space
    every = minus(with_flags(space, fate.tells & chain.first, FORMS), chain.local)
    usual = with_flags(space, every, OPENING)
    is_more = without_flags(space, every) != without_flags(space, usual)
    return every if is_more else usual


def _hole(chain: Fates, opened: PacketSet) -> Hole:
    space = chain.space
    # By one interface at least, whatever else is not known.
    certain = opened & ~space.at_interfaces(~opened)
    is_certain = not chain.is_empty(certain)
    meant = certain if is_certain else opened
    shown = (meant & space.within(space.fields["dport"], (port,)) for port in _SHOWN)
    known = next((each for each in shown if not chain.is_empty(each)), meant)
    extent = packets_in_words(space, without_flags(space, space.some(meant)))
    return Hole(is_certain, sample(chain, known), extent, digest(space, [certain, opened]))


def source_ports(rule: Rule) -> Values:
    """The few source ports that the rule asks for; none where it asks for anything else too."""
    found = _values(rule, "sport")
    if not found:
        return ()
    is_few = size(found) <= _FEW
    to = _values(rule, "dport")
    return found if is_few and _has_ports(rule) and (not to or size(to) > _MANY) else ()


def is_for_clients(rule: Rule) -> bool:
    """Whether the rule accepts all ports that clients send from."""
    to = _values(rule, "dport")
    if not to or len(to) > 1:
        return False
    ((first, last),) = to
    is_high = _HIGH <= first <= _IANA_FIRST and last >= _LINUX_LAST
    return is_high and _has_ports(rule) and not _asks_for_state(rule)


def _has_ports(rule: Rule) -> bool:
    protocols = _values(rule, "proto")
    return bool(protocols) and set(protocols or ()) <= {(TCP, TCP), (UDP, UDP)}


def _values(rule: Rule, field: str) -> Values | None:
    """The values that the rule asks for; None where it does not ask for the field."""
    for each in rule.match:
        if isinstance(each, Test) and each.field == field:
            return each.values
    return None


def _asks_for_state(rule: Rule) -> bool:
    return any(isinstance(each, Test) and each.field == "state" for each in leaves(rule.match))
