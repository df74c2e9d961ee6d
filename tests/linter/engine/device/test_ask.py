"""One device asked by itself: no site, no policy, no question rebuilt from the survey's parts."""

from pathlib import Path

import pytest

from flowmodel.fields import TCP, UDP, Family
from flowmodel.site import Service
from flowmodel.values import Values, single
from linter.engine.device.ask import Answer, ask, ask_again, plain, sent_elsewhere
from linter.engine.device.firewall import Firewall
from linter.engine.device.headers import Place
from linter.engine.device.mentions import names_in
from linter.engine.device.openings import openings
from linter.engine.device.program import everything, program
from linter.engine.device.replay import replayed
from linter.engine.sets.between import between
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.sets.witness import example
from parsers import read_exports

_CLIENTS: Values = ((0x0A010000, 0x0A01FFFF),)
_SERVER = single(0xC000020A)
_HTTPS = Service(TCP, single(443), "443/tcp")
_KEEP = "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
_OPEN = "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -m tcp --dport 443 -j ACCEPT"
_THROUGH = Place("forward", "lan0", "dmz0")


def _firewall(folder: Path, *rules: str, nat: str = "", family: Family = 4) -> Firewall:
    lines = ["*filter", ":INPUT DROP", ":FORWARD DROP", ":OUTPUT ACCEPT", *rules, "COMMIT"]
    if nat:
        lines += ["*nat", ":PREROUTING ACCEPT", ":POSTROUTING ACCEPT", nat, "COMMIT"]
    path = folder / "edge.rules"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rulesets = read_exports([str(path)])
    matcher = Matcher(Space(family, names_in(rulesets)))
    return Firewall(rulesets, matcher, program(everything), translates=bool(nat), name="edge")


def _https(firewall: Firewall) -> PacketSet:
    packets, _ = between(firewall.space, _CLIENTS, _SERVER, [_HTTPS])
    return packets


def _asked(firewall: Firewall, place: Place = _THROUGH) -> Answer:
    return ask(firewall, place, [plain(_https(firewall), firewall.space)])


def _words(firewall: Firewall, place: Place = _THROUGH) -> str:
    """Which of the three phases pass for certain, possibly, or not at all."""
    asked, found = _https(firewall), _asked(firewall, place).connections
    words = []
    for outcome in (found.opening, found.reply, found.later):
        is_certain = minus(asked, outcome.certain) == firewall.space.false
        is_possible = outcome.possible & asked != firewall.space.false
        words.append("yes" if is_certain else "perhaps" if is_possible else "no")
    return " ".join(words)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ((), "no no no"),
        ((_KEEP,), "no no no"),
        ((_OPEN,), "yes no yes"),
        ((_KEEP, _OPEN), "yes yes yes"),
        ((_KEEP, "-A FORWARD -m owner --uid-owner 7 -j DROP", _OPEN), "perhaps yes yes"),
        ((_KEEP, f"{_OPEN[:-10]} -i lan0 -j ACCEPT"), "yes yes yes"),
        ((_KEEP, f"{_OPEN[:-10]} -i wan0 -j ACCEPT"), "no no no"),
    ],
)
def test_a_device_says_what_becomes_of_connections(
    tmp_path: Path, rules: tuple[str, ...], expected: str
) -> None:
    assert _words(_firewall(tmp_path, *rules)) == expected


def test_the_same_packets_are_other_traffic_at_another_place(tmp_path: Path) -> None:
    firewall = _firewall(tmp_path, _KEEP, _OPEN)

    assert _words(firewall, Place("input", "lan0")) == "no no no"
    assert _words(firewall, Place("output", out_name="lan0")) == "yes no yes"


def test_an_answer_tells_the_deciding_rule_and_replays_a_packet(tmp_path: Path) -> None:
    firewall = _firewall(tmp_path, _KEEP, _OPEN)
    answer = _asked(firewall)

    (opening,) = openings(answer, answer.connections.opening.possible)
    states = replayed(answer, example(answer.space, opening.packets), "opening").outcomes

    assert opening.rule is not None
    assert opening.rule.text == _OPEN
    assert [(state.verdict, state.rule) for state in states] == [
        (opening.rule.verdict, opening.rule)
    ]


def test_a_device_can_be_asked_again_with_other_rules(tmp_path: Path) -> None:
    answer = _asked(_firewall(tmp_path, _KEEP))
    other = _firewall(tmp_path, _KEEP, _OPEN)
    packets = _https(answer.firewall)

    again = ask_again(answer, other.rulesets, packets, translates=False)

    assert answer.connections.opening.possible == answer.space.false
    assert again.connections.opening.certain == packets


def test_a_device_tells_which_packets_it_sends_elsewhere(tmp_path: Path) -> None:
    nat = "-A PREROUTING -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.9.0.5:8443"
    firewall = _firewall(tmp_path, nat=nat)
    sent = plain(_https(firewall), firewall.space)

    (moved,) = sent_elsewhere(firewall, _THROUGH, [sent])

    space = firewall.space
    port = space.within(moved.header.numbers["dport"], single(8443))
    assert minus(moved.packets, port) == space.false
    plainly = _firewall(tmp_path)
    assert sent_elsewhere(plainly, _THROUGH, [plain(_https(plainly), plainly.space)]) == []


def test_what_is_known_of_a_device_ends_with_it(tmp_path: Path) -> None:
    firewall = _firewall(tmp_path, _KEEP, _OPEN)
    _asked(firewall)

    assert firewall.known
    assert _firewall(tmp_path).known == {}


@pytest.mark.parametrize(
    ("kind", "expected"), [("multicast", 0xEF000001), ("broadcast", 0xFFFFFFFF)]
)
def test_later_packets_to_many_are_sent_as_the_first_one(
    kind: str, expected: int, tmp_path: Path
) -> None:
    rule = f"-A INPUT -p udp -m udp --dport 6000 -m pkttype --pkt-type {kind} -j ACCEPT"
    firewall = _firewall(tmp_path, rule)
    space = firewall.space
    many: Values = ((0xEF000001, 0xEF000001), (0xFFFFFFFF, 0xFFFFFFFF))
    packets, _ = between(space, _CLIENTS, many, [Service(UDP, single(6000), "6000/udp")])

    found = ask(firewall, Place("input", "lan0"), [plain(packets, space)]).connections

    to_it = packets & space.within(space.fields["dst"], single(expected))
    assert (found.opening.certain & packets, found.later.certain & packets) == (to_it, to_it)
