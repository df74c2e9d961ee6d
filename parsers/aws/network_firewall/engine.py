"""A Network Firewall policy as chains: the stateless rules, and behind them the stateful engine.

Network Firewall Developer Guide, "How AWS Network Firewall filters network traffic", "Managing
evaluation order for Suricata compatible rules", "Stream exception policy options".
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from flowmodel import fields
from flowmodel.fields import ICMP, ICMPV6, IN_STATELESS, OUT_STATELESS, RST, TCP
from flowmodel.match import Match
from flowmodel.record import NamedTuple
from flowmodel.ruleset import FILTER, Base, Chain, Rule
from flowmodel.values import single, union
from flowmodel.verdict import (
    ACCEPT,
    CONTINUE,
    DROP,
    REJECT,
    RETURN,
    Goto,
    Jump,
    SetMark,
    Unknown,
    Verdict,
)
from parsers.aws.network_firewall.match import ANY_PROTOCOL, OTHER_WAY, PACKET, REPLY, Conditions
from parsers.aws.network_firewall.rules import EARLIER, Place, StatefulRule
from parsers.aws.network_firewall.stateless import Forwarding, StatelessRule
from parsers.aws.suricata.header import FLOWS, is_established, is_opening

_STATEFUL: Final = "stateful engine"
_KNOWN: Final = "known connections"
_OTHER_WAY: Final = "other direction"
_PAST_THE_ENGINE: Final = SetMark("stateless", OUT_STATELESS, IN_STATELESS)
_ERRORS: Final = union((*single(ICMP), *single(ICMPV6)))
_TUNNELS: Final = union((*single(4), *single(41), *single(47)))
"""IP in IP (RFC 2003, RFC 2473) and GRE (RFC 2784)."""
# The same for all rules, of which each can only let more packets pass: one unknown is enough.
_SCOPE: Final = "whether a pass rule with `flow` or other options is for the whole connection"
_END: Final = "whether such a rule kept earlier packets from the rules behind it"
_NO_FLOW: Final = "whether the stateful engine has flows of this protocol"

StreamException = Literal["DROP", "REJECT", "CONTINUE"]


class Check(NamedTuple):
    """What may stop a connection beside rules, and is not in the export."""

    text: str
    is_tls: bool
    """Whether it is about what follows a TCP handshake, not about any packet."""
    verdict: Verdict
    place: Place


class Policy(NamedTuple):
    """A firewall policy with its groups, in the order in which packets meet their rules."""

    place: Place
    stateless: Sequence[StatelessRule]
    stateless_default: Forwarding
    stateless_place: Place
    stateful: Sequence[StatefulRule]
    defaults: Sequence[str]
    """StatefulDefaultActions."""
    defaults_place: Place
    stream_exception: StreamException
    stream_place: Place
    checks: Sequence[Check] = ()

    @property
    def is_mixed(self) -> bool:
        """Whether some packets pass by the stateful engine that may be of connections it knows."""
        actions = {self.stateless_default, *(rule.action for rule in self.stateless)}
        return {"pass", "forward"} <= actions

    @property
    def passes_all_it_keeps(self) -> bool:
        """Whether every connection there is was let in, as a whole, by a rule that is read."""
        return "aws:drop_strict" in self.defaults and all(
            rule.action in ("drop", "reject")
            or (rule.action == "alert" and not rule.meaning.is_bypass)
            or (rule.action == "pass" and rule.passes_flow and rule.is_read)
            for rule in self.stateful
        )


FORWARDING: Final = Base("forward", FILTER, "filter", frozenset({"forward"}))
"""What a firewall of Network Firewall is: it stands between networks."""


def chains(policy: Policy, conditions: Conditions) -> dict[str, Chain]:
    """The chains that a policy is: the stateless rules as the base chain, and what they go to."""
    lowering = _Lowering(policy, conditions)
    parts = {
        "stateless rules": lowering.stateless(),
        _STATEFUL: lowering.stateful(),
        _KNOWN: lowering.known if not policy.passes_all_it_keeps else [],
        _OTHER_WAY: list(lowering.other_way()) if policy.is_mixed else [],
    }
    first = next(iter(parts))
    return {
        name: Chain(
            name,
            tuple(rules),
            policy.place.span,
            DROP if name == first else RETURN,
            FORWARDING if name == first else None,
        )
        for name, rules in parts.items()
        if rules
    }


class _Lowering:
    """Makes the rules of one policy's chains."""

    def __init__(self, policy: Policy, conditions: Conditions) -> None:
        self._policy = policy
        self._conditions = conditions
        self.known = list(self._known())

    def stateless(self) -> list[Rule]:
        """What becomes of each packet before the stateful engine."""
        policy, known = self._policy, self._conditions
        verdicts: dict[Forwarding, Verdict] = {
            "pass": ACCEPT,
            "drop": DROP,
            "forward": Goto(_STATEFUL),
        }
        last = policy.stateless_default
        title = f"stateless default action aws:{'forward_to_sfe' if last == 'forward' else last}"
        each = [(r.action, r.match(PACKET, known), r.place, r.title) for r in policy.stateless]
        each.append((last, (), policy.stateless_place, title))
        return [
            place.rule(
                match,
                verdicts[action],
                words,
                (_PAST_THE_ENGINE,) if action == "pass" and policy.is_mixed else (),
            )
            for action, match, place, words in each
        ]

    def stateful(self) -> list[Rule]:
        """What the stateful engine does with the packets that it sees."""
        return [
            self._stream_exception(),
            *self._one_sided(),
            self._tunnel(),
            *map(self._check, self._policy.checks),
            *self._known_connections(),
            *map(self._judging, self._policy.stateful),
            *self._defaults(),
        ]

    def _stream_exception(self) -> Rule:
        """What is of TCP but of no connection that the engine saw from its beginning.

        Suricata does not apply the policy to resets (stream-tcp.c, StreamTcpPacketStateNone).
        """
        known, policy = self._conditions, self._policy
        elsewhere = known.state(fields.NEW, fields.RELATED, fields.INVALID, fields.UNTRACKED)
        ways: list[Match] = [
            (elsewhere, known.masked("tcp_flags", RST, 0), known.no(is_opening(known))),
            (
                elsewhere,
                known.masked("tcp_flags", RST, RST),
                known.unread("what the stateful engine does with a reset outside a connection"),
            ),
        ]
        if policy.is_mixed:
            ways.append((known.state(fields.ESTABLISHED), known.past_the_engine()))
        title = f"stream exception policy {policy.stream_exception}"
        verdicts: dict[StreamException, Verdict] = {
            "DROP": DROP,
            "REJECT": REJECT,
            "CONTINUE": Unknown(f"{title}: rules without what was before in the connection"),
        }
        match = (known.is_protocol(TCP), *known.any(*ways))
        return policy.stream_place.rule(match, verdicts[policy.stream_exception], title)

    def _tunnel(self) -> Rule:
        """The packet in a packet is judged too: "Limitations and caveats for stateful rules"."""
        text = "what the stateful engine makes of the packet inside a tunnel"
        match = (self._conditions.test("proto", _TUNNELS), self._conditions.unread(text))
        return self._policy.place.rule(match, DROP, text)

    def _one_sided(self) -> Iterator[Rule]:
        """A connection that stateless rules hide from the engine in one direction."""
        if self._policy.is_mixed:
            title = "stateful engine: whether it sees both directions of a connection"
            yield self._policy.place.rule(self._of_connection(), Jump(_OTHER_WAY), title)

    def _of_connection(self) -> Match:
        """The packet is of a connection whose first packet the engine let pass."""
        return self._conditions.state(fields.ESTABLISHED), *self._conditions.inspected()

    def other_way(self) -> Iterator[Rule]:
        """Whether the stateless rules let the packets of the other direction pass by the engine."""
        policy, known = self._policy, self._conditions
        text = "what the stateful engine makes of a connection that it sees in one direction only"
        each = [(r.action, r.match(OTHER_WAY, known), r.place, r.title) for r in policy.stateless]
        each.append((policy.stateless_default, (), policy.stateless_place, "the default action"))
        for action, match, place, title in each:
            words = f"for packets of the other direction: {title}"
            yield place.rule(match, Unknown(text) if action == "pass" else RETURN, words)

    def _check(self, check: Check) -> Rule:
        known = self._conditions
        match: Match = (known.unread(check.text),)
        if check.is_tls:
            match = (known.is_protocol(TCP), known.state(fields.ESTABLISHED), *match)
        return check.place.rule(match, check.verdict, check.text)

    def _known_connections(self) -> Iterator[Rule]:
        """The packets of connections that a pass rule let in are not looked at.

        "Managing evaluation order for Suricata compatible rules", the note to the action order.
        """
        known, place = self._conditions, self._policy.place
        if not self.known:
            return
        match = (*self._of_connection(), *known.only_for(ANY_PROTOCOL, FLOWS, (), _NO_FLOW))
        title = "stateful engine: packets of connections that a pass rule let in"
        verdict = ACCEPT if self._policy.passes_all_it_keeps else Jump(_KNOWN)
        yield place.rule(match, verdict, title)
        text = "whether the connection that an ICMP error is about was let in by a pass rule"
        error = (known.state(fields.RELATED), known.test("proto", _ERRORS), known.unread(text))
        yield place.rule(error, ACCEPT, title)

    def _known(self) -> Iterator[Rule]:
        """Which pass rules an earlier packet of the connection has met.

        No drop rule stands among them: a connection that one stopped is none.
        """
        known = self._conditions
        for rule in self._policy.stateful:
            if rule.action not in ("pass", "unknown") and not rule.meaning.is_bypass:
                continue
            for view in EARLIER:
                match = rule.match(view, known)
                if match is None:
                    continue
                if view is REPLY and rule.is_read and rule.passes_flow:
                    # Replies meet the rule themselves, behind all that stands before it.
                    match = (known.test("ct_dir", single(fields.ORIGINAL)), *match)
                words = f"{rule.title}{view.suffix}"
                if rule.passes_flow:
                    yield rule.place.rule(match, ACCEPT, words)
                    continue
                yield rule.place.rule((*match, known.unread(_SCOPE)), ACCEPT, words)
                yield rule.place.rule((*match, known.unread(_END)), RETURN, words)

    def _judging(self, rule: StatefulRule) -> Rule:
        verdicts: dict[str, Verdict] = {
            "pass": ACCEPT,
            "drop": DROP,
            "reject": REJECT,
            "alert": Unknown(rule.title) if rule.meaning.is_bypass else CONTINUE,
        }
        verdict = verdicts.get(rule.action, Unknown(rule.title))
        match = rule.match(PACKET, self._conditions)
        assert match is not None, "a packet can be of either direction and any state"
        return rule.place.rule(match, verdict, rule.title)

    def _defaults(self) -> Iterator[Rule]:
        """The policy's default actions, which only the strict order has."""
        known, place = self._conditions, self._policy.defaults_place
        flows = known.only_for(ANY_PROTOCOL, FLOWS, (), _NO_FLOW)
        if "aws:drop_strict" in self._policy.defaults:
            yield place.rule((), DROP, "stateful default action aws:drop_strict")
            return
        for name in self._policy.defaults:
            title = f"stateful default action {name}"
            if name == "aws:drop_established":
                yield place.rule((*is_established(known), *flows), DROP, title)
            elif name.startswith("aws:drop_established_app_layer"):
                text = f"what {name} drops once it knows the application"
                match = (*is_established(known), known.unread(text))
                yield place.rule(match, DROP, title)
            elif not name.startswith("aws:alert_"):
                yield place.rule((), Unknown(name), title)
        yield place.rule((), ACCEPT, "stateful engine: what no rule drops passes")
