"""Which place of an export decides what becomes of a packet, and what it does there."""

from flowmodel.record import dataclass, replace
from flowmodel.ruleset import Chain, Rule
from flowmodel.source import Span
from flowmodel.verdict import DROP, Accept, MapNetwork, Reject, TranslateDestination
from linter.engine.device.ask import Answer
from linter.engine.packet.state import State
from linter.engine.sets.witness import Example
from linter.engine.sets.words import addresses_in_words


@dataclass(frozen=True, slots=True)
class Place:
    """Where a verdict stands, what it does there, and its text."""

    span: Span
    label: str
    text: str
    title: str = ""


def _at(rule: Rule, label: str) -> Place:
    return Place(rule.span, label, rule.text, rule.title)


def of_verdict(answer: Answer, decided: State) -> Place:
    """The place of the verdict."""
    if is_kept(decided):
        return _kept(answer, decided)
    what = "accepted here" if isinstance(decided.verdict, Accept) else "dropped here"
    if isinstance(decided.verdict, Reject):
        what = "rejected here"
    if decided.rule is not None:
        return _at(decided.rule, what)
    if decided.chain is not None:
        label = f"{what}, by the default policy"
        return Place(decided.chain.span, label, _policy(decided.chain))
    span = answer.firewall.span
    assert span is not None, "a firewall that is asked for proofs has a place"
    return Place(span, "no chain of the export sees the packet", "no chain")


def is_kept(decided: State) -> bool:
    """Whether the packet was to go through the device, and is for the device itself."""
    return decided.route == "input" and decided.verdict == DROP


def _kept(answer: Answer, decided: State) -> Place:
    to, family = decided.numbers["dst"], answer.space.family
    words = "an unknown address" if to is None else addresses_in_words(((to, to),), family)
    label = f"not passed on: no rule translates {words}"
    if decided.rule is not None:
        return _at(decided.rule, f"accepted here, and {label}")
    assert answer.firewall.span is not None, "a firewall that is asked for proofs has a place"
    return Place(answer.firewall.span, label, "no rule")


def unfollowed(answer: Answer, decided: State, rule: Rule | None) -> Place:
    """The place of a verdict that none of the outcomes has that were followed.

    `rule` is the one that the sets name, if they name one.
    """
    label = "possibly here: there are too many unknown matches to follow all of them"
    if rule is not None:
        return _at(rule, label)
    return replace(of_verdict(answer, decided), label=label)


def misled(answer: Answer, chosen: Example, decided: State) -> Place:
    """The rule that sends the packet to the wrong place; without one, what lets it pass."""
    to, port = decided.numbers["dst"], decided.numbers["dport"]
    family = answer.space.family
    words = "an unknown address" if to is None else addresses_in_words(((to, to),), family)
    rule = _translation(decided)
    if rule is not None:
        at = "" if port is None else f", port {port}"
        return _at(rule, f"sent from here to {words}{at}")
    place = of_verdict(answer, decided)
    if to == chosen.values["dst"]:
        return replace(place, label=f"{place.label}, and no rule translates {words}")
    return replace(place, label=f"{place.label}, on its way to {words}")


def _translation(decided: State) -> Rule | None:
    found = [r for r in decided.path if isinstance(r.verdict, TranslateDestination | MapNetwork)]
    return found[-1] if found else None


def before(decided: State) -> str:
    """Where a rule would have to stand to decide otherwise."""
    if decided.rule is not None:
        title = f" ({decided.rule.title})" if decided.rule.title else ""
        return f"before {decided.rule.span.path}:{decided.rule.line}{title}"
    return f"in {decided.chain.name}" if decided.chain else "in a chain that sees it"


def _policy(chain: Chain) -> str:
    return f"default policy of {chain.name}"
