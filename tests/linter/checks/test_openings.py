"""FW201 to FW214 in doubt, in numbers, and with what the document leaves out."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import (
    BIND,
    EXPOSURE,
    HOST,
    HTTPS,
    HTTPS_IN,
    KEEP,
    KEEP_IN,
    Asking,
    policy,
    rules,
    site,
)

found = Asking(*EXPOSURE)

_ALL = "-A FORWARD -j ACCEPT"
_USERS = "{web: 192.0.2.10, users: 10.1.8.0/22}"


def _to(port: str, source: str = "-s 10.1.0.0/16 ", target: str = "192.0.2.10/32") -> str:
    return f"-A FORWARD {source}-d {target} -p tcp -m tcp --dport {port} -j ACCEPT"


def test_one_rule_at_several_crossings_is_one_finding(tmp_path: Path) -> None:
    exports = {"edge.rules": rules(KEEP, HTTPS, _to("8080", ""))}

    (actual,) = found(tmp_path, policy(), site(), exports)

    assert actual.extent == "tcp 8080 from any address except 192.0.2.0/24 to 192.0.2.10"


def test_a_finding_that_is_critical_shows_a_packet_that_makes_it_so(tmp_path: Path) -> None:
    exports = {"edge.rules": rules(KEEP, _ALL)}

    (actual,) = found(tmp_path, policy(), site(), exports)

    assert actual.level == "critical"
    assert actual.witness == "tcp 198.51.100.7:40000 > 192.0.2.10:443 in wan0 out dmz0"


def test_many_rules_for_one_reason_are_counted(tmp_path: Path) -> None:
    many = [_to(str(port), f"-s 10.1.{port % 100}.0/24 ") for port in range(5000, 5053)]
    exports = {"edge.rules": rules(KEEP, HTTPS, *many)}

    actual = found(tmp_path, policy(), site(), exports)

    assert [each.check for each in actual] == ["FW205"] * 51
    assert actual[-1].message == (
        "3 more rules, such as: 5050/tcp on web is open to office through edge; "
        "no policy asks for it"
    )
    assert actual[-1].span.line == 57
    assert actual[-1].reasons == ("only the first 50 rules are listed individually",)


@pytest.mark.parametrize("more", [2, 12], ids=["few", "so many that they are walked as one"])
def test_a_rule_opens_only_what_no_rule_before_it_lets_in(more: int, tmp_path: Path) -> None:
    ports = ["5000:5009", "5005:5014", "5007", *map(str, range(6000, 6000 + more))]
    exports = {"edge.rules": rules(KEEP, HTTPS, *map(_to, ports))}

    actual = found(tmp_path, policy(), site(), exports)

    opened = [each.extent.split(" from ")[0] for each in actual if each.check == "FW205"]
    assert opened[:2] == ["tcp 5000-5009", "tcp 5010-5014"]
    assert len(opened) == 2 + more


_LEFT_OUT = """
- Directory services
- Outgoing connections
- Relaying of mail (587/tcp)
"""


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        (
            "8080",
            (("it may be something that the document of shop leaves out: Directory services"),),
        ),
        (
            "587",
            (
                (
                    "it may be something that the document of shop leaves out: Directory "
                    "services; Relaying of mail (587/tcp)"
                ),
            ),
        ),
    ],
)
def test_an_undeclared_opening_recalls_what_the_document_leaves_out(
    port: str, expected: tuple[str, ...], tmp_path: Path
) -> None:
    exports = {"edge.rules": rules(KEEP, HTTPS, _to(port))}

    (actual,) = found(tmp_path, policy(not_covered=_LEFT_OUT), site(), exports)

    assert actual.check == "FW205"
    assert actual.reasons == expected


def test_an_opening_that_is_declared_recalls_nothing(tmp_path: Path) -> None:
    text = policy("id: https, service: 443/tcp", not_covered=_LEFT_OUT)
    exports = {"edge.rules": rules(KEEP, HTTPS)}

    (actual,) = found(tmp_path, text, site(bind=_USERS), exports)

    assert (actual.check, actual.reasons) == ("FW202", ())


@pytest.mark.parametrize(
    ("match", "certainty", "reasons"),
    [
        ("", "certain", ()),
        ("-m limit --limit 3/min", "possible", ("-m limit --limit 3/min",)),
        ("-m string --string x --algo bm", "possible", ("-m string --string x --algo bm",)),
    ],
    ids=["plain", "limited", "by content"],
)
@pytest.mark.parametrize(
    ("check", "rule"),
    [
        ("FW205", _to("8080")),
        ("FW206", _to("440:450")),
        ("FW207", _to("443", target="192.0.2.0/24")),
    ],
)
def test_a_doubtful_rule_opens_possibly(
    match: str, certainty: str, reasons: tuple[str, ...], check: str, rule: str, tmp_path: Path
) -> None:
    exports = {"edge.rules": rules(KEEP, rule.replace("-j", f"{match} -j"))}

    actual = found(tmp_path, policy(), site(bind=BIND), exports)

    (told,) = (each for each in actual if each.check == check)
    assert (told.certainty, told.reasons) == (certainty, reasons)


@pytest.mark.parametrize("match", ["-m limit --limit 3/min", "-m string --string x --algo bm"])
def test_a_doubtful_drop_leaves_an_opening_possible(match: str, tmp_path: Path) -> None:
    drop = _to("8080").replace("-j ACCEPT", f"{match} -j DROP")
    exports = {"edge.rules": rules(KEEP, HTTPS, drop, _to("8080"))}

    (actual,) = found(tmp_path, policy(), site(), exports)

    assert (actual.check, actual.certainty, actual.reasons) == ("FW205", "possible", (match,))
    assert actual.span.line == 8


def test_a_filter_outward_that_is_doubtful_is_still_judged(tmp_path: Path) -> None:
    drop = "-A OUTPUT -m string --string x --algo bm -j DROP"
    exports = {"web.rules": rules(KEEP_IN, HTTPS_IN, drop)}

    (actual,) = (
        each for each in found(tmp_path, policy(), site(HOST), exports) if each.check == "FW208"
    )

    assert (actual.check, actual.level, actual.certainty) == ("FW208", "warning", "possible")
