"""FW109 and FW111: what the export does not say, on rules that accept and on rules that drop."""

from pathlib import Path

import pytest

from flowmodel.finding import Finding
from tests.linter.checks.samples import (
    EDGE,
    HOST,
    HTTPS,
    HTTPS_IN,
    KEEP,
    KEEP_IN,
    REQUIRED,
    Asking,
    chains,
    line,
    lines,
    policy,
    rules,
    site,
)

found = Asking(*REQUIRED, "FW205")

_PACKET = "[tcp 10.1.0.7:40000 > 192.0.2.10:443 in lan0 out dmz0]"
_LIMIT = "-m limit --limit 3/min"
_RECENT = "-m recent --update --seconds 60 --name tries --mask 255.255.255.255 --rsource"
_SET = "-m set --match-set partners src"
_OWNER = "-m string --string shop --algo bm"
_NOT_OWNER = "-m string ! --string shop --algo bm"
_CRITICAL = "id: https, service: 443/tcp, severity: critical"
_PLAIN = "id: https, service: 443/tcp"


def _with(match: str, rule: str = HTTPS) -> str:
    return rule.replace("-j", f"{match} -j")


def _drop(match: str) -> str:
    return _with(match).replace("ACCEPT", "DROP")


def _undecided(place: int, level: str = "warning", services: str = "443/tcp") -> str:
    return (
        f"edge.rules:{place}: FW109 {level} (possible): cannot decide whether "
        f"required flow shop.https ({services}) from users to web is permitted on "
        f"edge {_PACKET}"
    )


def _fragile(place: int) -> str:
    return (
        f"edge.rules:{place}: FW111 warning (possible): critical flow shop.https (443/tcp) from "
        f"users to web can be blocked by a rate limit or similar on edge {_PACKET}"
    )


def _of(folder: Path, flow: str, *filter_rules: str) -> list[Finding]:
    return found(folder, policy(flow), site(), {"edge.rules": rules(KEEP, *filter_rules)})


@pytest.mark.parametrize(
    ("filter_rules", "plain", "critical", "reason"),
    [
        ((_with(_LIMIT),), _undecided(3), _fragile(3), _LIMIT),
        ((_with(_RECENT),), _undecided(3), _fragile(3), _RECENT),
        (
            (_with(_SET),),
            _undecided(3),
            _undecided(3, "error"),
            f"{_SET} (set partners is not in the exports)",
        ),
        ((_with(_OWNER),), _undecided(3), _undecided(3, "error"), _OWNER),
        ((_drop(_LIMIT), HTTPS), _undecided(6), _fragile(6), _LIMIT),
        ((_drop(_RECENT), HTTPS), _undecided(6), _fragile(6), _RECENT),
        (
            (_drop(_SET), HTTPS),
            _undecided(6),
            _undecided(6, "error"),
            f"{_SET} (set partners is not in the exports)",
        ),
        ((_drop(_OWNER), HTTPS), _undecided(6), _undecided(6, "error"), _OWNER),
        (
            (_drop(_OWNER), _with(_LIMIT)),
            _undecided(6),
            _undecided(6, "error"),
            _OWNER,
        ),
    ],
    ids=[
        "accept up to a limit",
        "accept what was seen",
        "accept an unknown set",
        "accept by content",
        "drop up to a limit",
        "drop what was seen",
        "drop an unknown set",
        "drop by content",
        "drop by content, then accept up to a limit",
    ],
)
def test_a_flow_that_depends_on_what_nobody_knows_is_undecided(
    filter_rules: tuple[str, ...], plain: str, critical: str, reason: str, tmp_path: Path
) -> None:
    actual = _of(tmp_path, _PLAIN, *filter_rules)
    worse = _of(tmp_path, _CRITICAL, *filter_rules)

    assert lines(actual) == [plain]
    assert lines(worse) == [critical]
    assert reason in actual[0].reasons
    assert reason in worse[0].reasons


@pytest.mark.parametrize(
    "filter_rules",
    [
        (_with(_OWNER), _with(_NOT_OWNER)),
        (_drop(_OWNER).replace("443", "80"), HTTPS),
        (HTTPS, _drop(_LIMIT)),
        (_with(_LIMIT), HTTPS),
        (_with(_LIMIT).replace("ACCEPT", "LOG"), HTTPS),
    ],
    ids=[
        "by content and by its opposite",
        "another port",
        "behind the rule",
        "before the rule, with the same verdict",
        "only logged",
    ],
)
def test_a_flow_that_works_whatever_an_unknown_match_says_is_certain(
    filter_rules: tuple[str, ...], tmp_path: Path
) -> None:
    assert _of(tmp_path, _CRITICAL, *filter_rules) == []


def test_two_visits_of_one_limit_may_answer_differently(tmp_path: Path) -> None:
    negated = _with(_LIMIT).replace("ACCEPT", "RETURN")
    jump = "-A FORWARD -j maybe"
    inner = [_with(_LIMIT).replace("FORWARD", "maybe"), negated.replace("FORWARD", "maybe")]

    actual = _of(tmp_path, _PLAIN, *chains("maybe"), jump, *inner)

    assert lines(actual) == [_undecided(3)]


def test_what_is_certainly_blocked_is_told_apart_from_what_possibly_is(tmp_path: Path) -> None:
    flow = "id: https, service: [443/tcp, 80/tcp]"

    actual = _of(tmp_path, flow, _with(_LIMIT))

    assert lines(actual) == [
        (
            "edge.rules:3: FW102 error: 80/tcp of required flow shop.https (443/tcp, "
            "80/tcp) from users to web is blocked on edge [tcp 10.1.0.7:40000 > "
            "192.0.2.10:80 in lan0 out dmz0]"
        ),
        _undecided(3, services="443/tcp, 80/tcp"),
    ]
    assert [each.extent for each in actual] == [
        "tcp 80 from 10.1.0.0/16 to 192.0.2.10",
        "tcp 443 from 10.1.0.0/16 to 192.0.2.10",
    ]


def test_answers_that_may_be_dropped_are_undecided(tmp_path: Path) -> None:
    exports = {"edge.rules": rules(_with(_LIMIT, KEEP), HTTPS)}

    actual = found(tmp_path, policy(), site(), exports)

    assert lines(actual) == [
        (
            "edge.rules:3: FW109 warning (possible): replies to shop.https (443/tcp) "
            f"from users to web may be blocked on edge [reply to {_PACKET[1:]}"
        )
    ]
    assert actual[0].reasons == (_LIMIT,)
    assert actual[0].remedy == "accept packets of established connections on edge, in FORWARD"


def test_an_alternative_that_is_undecided_is_shown_by_its_own_port(tmp_path: Path) -> None:
    actual = _of(tmp_path, "id: web, any_of: [80/tcp, 443/tcp]", _with(_LIMIT))

    assert lines(actual) == [
        (
            "edge.rules:3: FW109 warning (possible): cannot decide whether any "
            "alternative of required flow shop.web (80/tcp or 443/tcp) from users to "
            f"web works: 443/tcp may be blocked on edge {_PACKET}"
        )
    ]
    assert actual[0].reasons == (_LIMIT,)


@pytest.mark.parametrize("logged", [6, 7, 12], ids=["63 outcomes", "64 outcomes", "4096 outcomes"])
def test_more_unknown_matches_than_are_followed_are_no_defect(logged: int, tmp_path: Path) -> None:
    doubtful = [
        f"-A maybe -m string --string {number} --algo bm -j MARK --set-xmark 0x{1 << number:x}/0x0"
        for number in range(logged)
    ]
    last = _with(_OWNER).replace("FORWARD", "FORWARD -m mark --mark 0x0").replace("-j ACCEPT", "")
    jump = f"{last} -j maybe"
    drop = "-A maybe -j DROP"

    actual = _of(tmp_path, _PLAIN, *chains("maybe"), jump, *doubtful, drop, HTTPS)

    (only,) = (each for each in actual if each.check == "FW109")
    assert only.certainty == "possible"
    assert _OWNER in only.reasons


def test_a_log_with_a_limit_hides_no_rule(tmp_path: Path) -> None:
    noise = [f"-A FORWARD -m limit --limit {number}/min -j LOG" for number in range(1, 12)]

    actual = _of(tmp_path, _PLAIN, *noise)

    assert [line(each) for each in actual] == [
        (
            "edge.rules:3: FW101 error: required flow shop.https (443/tcp) from "
            f"users to web is blocked on edge {_PACKET}"
        )
    ]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("LOCAL", []),
        (
            "BROADCAST",
            [
                (
                    "web.rules:7: FW101 error: required flow shop.https (443/tcp) from "
                    "users to web is blocked on web [tcp 10.1.0.7:40000 > 192.0.2.10:443]"
                )
            ],
        ),
    ],
)
def test_what_comes_to_a_machine_is_for_its_own_address(
    kind: str, expected: list[str], tmp_path: Path
) -> None:
    not_local = f"-A INPUT -m addrtype ! --dst-type {kind} -j DROP"
    exports = {"web.rules": rules(KEEP_IN, *chains("unused"), not_local, HTTPS_IN)}

    assert lines(found(tmp_path, policy(), site(HOST), exports)) == expected


@pytest.mark.parametrize(
    ("filter_rules", "place"),
    [
        (("-A FORWARD -m physdev --physdev-in eth1 -j DROP", HTTPS), 6),
        ((_with("-m physdev --physdev-in eth1"),), 3),
        ((_with("-m physdev --physdev-is-bridged"),), 3),
    ],
    ids=["a port that is dropped", "a port that is accepted", "whether there is one"],
)
def test_nobody_knows_by_which_port_of_a_bridge_packets_come_to_a_device(
    filter_rules: tuple[str, ...], place: int, tmp_path: Path
) -> None:
    assert lines(_of(tmp_path, _PLAIN, *filter_rules)) == [_undecided(place)]


def test_the_machine_and_the_edge_are_undecided_each_for_itself(tmp_path: Path) -> None:
    exports = {
        "edge.rules": rules(KEEP, _with(_LIMIT)),
        "web.rules": rules(KEEP_IN, _with(_LIMIT, HTTPS_IN)),
    }

    actual = found(tmp_path, policy(), site(EDGE, HOST), exports)

    assert [(each.check, each.device) for each in actual] == [("FW109", "edge"), ("FW109", "web")]


def test_an_opening_behind_more_unknown_matches_than_are_followed_is_at_its_rule(
    tmp_path: Path,
) -> None:
    marks = [
        f"-A maybe -m string --string {number} --algo bm -j MARK --set-xmark 0x{1 << number:x}/0x0"
        for number in range(9)
    ]
    jump = f"-A FORWARD {_OWNER} -j maybe"
    opening = HTTPS.replace("443", "8080")

    actual = _of(
        tmp_path, _PLAIN, *chains("maybe"), HTTPS, jump, *marks, "-A maybe -j DROP", opening
    )

    assert lines(actual) == [
        (
            "edge.rules:19: FW205 warning (possible): 8080/tcp on web is open to "
            "office through edge; no policy asks for it [tcp 10.1.0.7:40000 > "
            "192.0.2.10:8080 in lan0 out dmz0]"
        )
    ]
    assert actual[0].label == (
        "possibly here: there are too many unknown matches to follow all of them"
    )
