"""The two implementations: what one packet can meet lies within what the sets say of all."""

from hypothesis import given
from hypothesis import strategies as st

from flowmodel.packet import Packet
from flowmodel.record import replace
from linter.engine.device.bounds import Bounds
from linter.engine.device.trace import traced
from tests.linter.engine.rulesets import Case, cases, packets


def _drawn(data: st.DataObject, case: Case, count: int) -> list[Packet]:
    one = packets(case.family, case.traffic)
    return data.draw(st.lists(one, min_size=count, max_size=count))


@given(st.data(), cases())
def test_what_one_packet_can_meet_lies_within_the_bounds(data: st.DataObject, case: Case) -> None:
    asked = _drawn(data, case, 12)

    answers = traced(case.rulesets, case.traffic, asked)

    # `judge` raises CrossCheckError where the interpreter leaves the bounds.
    assert [answer.verdict == "unknown" for answer in answers] == [
        len(answer.possible) == 2 for answer in answers
    ]


@given(st.data(), cases(is_open=False))
def test_rule_sets_that_leave_nothing_open_have_one_verdict(
    data: st.DataObject, case: Case
) -> None:
    for answer in traced(case.rulesets, case.traffic, _drawn(data, case, 12)):
        assert len(answer.possible) == 1
        assert answer.unread == ()


@given(st.data(), cases())
def test_asking_about_all_packets_at_once_answers_as_asking_about_a_few(
    data: st.DataObject, case: Case
) -> None:
    few = _drawn(data, case, 5)
    many = [replace(each, sport=port) for each in few for port in range(25)]
    one_by_one = [Bounds(case.rulesets, case.traffic).of([each])[0] for each in few]

    at_once = Bounds(case.rulesets, case.traffic).of([*few, *many])

    assert at_once[: len(few)] == one_by_one


@given(st.data(), cases())
def test_an_interface_that_nobody_told_can_be_any_of_them_but_loopback(
    data: st.DataObject, case: Case
) -> None:
    packet = data.draw(packets(case.family, case.traffic))
    names = ("eth0", "eth1", "eth7", "ppp0", "ppp7", "wlan0")
    open_packet = replace(packet, in_name=None)
    each = traced(case.rulesets, case.traffic, [replace(packet, in_name=n) for n in names])

    (answer,) = traced(case.rulesets, case.traffic, [open_packet])

    assert answer.possible == frozenset().union(*(one.possible for one in each))


@given(st.data(), cases())
def test_an_undecided_packet_names_what_it_depends_on(data: st.DataObject, case: Case) -> None:
    for answer in traced(case.rulesets, case.traffic, _drawn(data, case, 12)):
        assert bool(answer.unread) == (answer.verdict == "unknown")
