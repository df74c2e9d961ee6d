"""Whole runs of `fwlint check`: waivers, gaps in exports, problems of the site, correct sites."""

from pathlib import Path

import pytest

from linter.cli import main
from tests.linter.checks.samples import EDGE, HTTPS, KEEP, load, policy, rules, site
from tests.pinned import SELECTED

_OPEN = "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -m tcp --dport {} -j ACCEPT"
_FW205 = (
    "edge.rules:7:1: FW205 warning: 8080/tcp on web is open to office "
    "through edge; no policy asks for it [tcp 10.1.0.7:40000 > "
    "192.0.2.10:8080 in lan0 out dmz0]"
)


def _run(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    site_text: str,
    export: str,
    policy_text: str = "",
) -> tuple[int, list[str]]:
    load(folder, policy_text or policy(), site_text, {"edge.rules": export})
    status = main(["check", str(folder / "site.yaml"), *SELECTED, "-o", "concise"])
    return status, capsys.readouterr().out.replace(f"{folder}/", "").splitlines()


def _accept(**values: str) -> str:
    keys = {"finding": "FW205", "because": "old portal", "until": '"2099-12-31"'} | values
    return "accept: [{" + ", ".join(f"{key}: {value}" for key, value in keys.items()) + "}]\n"


_UNUSED = "site.yaml:9:20: FW510 info: the waiver for FW205 no longer matches any finding"


@pytest.mark.parametrize(
    ("accept", "expected", "waived"),
    [
        ("", [_FW205], ""),
        (_accept(), [], "; 1 waived"),
        (_accept(finding="undeclared-opening"), [], "; 1 waived"),
        (_accept(finding="fw205"), [], "; 1 waived"),
        (_accept(finding="Undeclared-Opening"), [], "; 1 waived"),
        (_accept(device="edge", to="shop.web", service="8080/tcp"), [], "; 1 waived"),
        (_accept(service="8081/tcp"), [_FW205, _UNUSED], ""),
        (_accept(to="192.0.2.11"), [_FW205, _UNUSED], ""),
        (_accept(finding="FW202"), [_FW205, _UNUSED.replace("FW205", "FW202")], ""),
        (
            _accept(until='"2020-01-31"'),
            [
                _FW205,
                (
                    "site.yaml:9:20: FW510 warning: the waiver for `FW205` ended on "
                    "2020-01-31: "
                    "old portal"
                ),
            ],
            "",
        ),
        (
            _accept(finding="FW999"),
            [
                _FW205,
                ("site.yaml:9:20: FW510 warning: the waiver is for 'FW999', which is not a check"),
            ],
            "",
        ),
    ],
    ids=[
        "no waiver",
        "by id",
        "by name",
        "by id in another case",
        "by name in another case",
        "narrow",
        "another service",
        "another machine",
        "another finding",
        "expired",
        "no such finding",
    ],
)
def test_a_waiver_hides_what_it_is_for_and_nothing_else(
    accept: str,
    expected: list[str],
    waived: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    export = rules(KEEP, HTTPS, _OPEN.format(8080))

    status, actual = _run(tmp_path, capsys, site(more=accept), export)

    assert status == 0
    assert sorted(actual[:-1]) == sorted(expected)
    assert ("; 1 waived" in actual[-1]) == bool(waived)


def test_a_narrow_waiver_does_not_hide_a_rule_that_opens_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = rules(KEEP, HTTPS, _OPEN.format("8080:8081"))

    _, actual = _run(tmp_path, capsys, site(more=_accept(service="8080/tcp")), export)

    assert [line.split(": ")[1].split()[0] for line in actual[:-1]] == ["FW205", "FW510"]


def test_a_waiver_for_one_way_does_not_hide_another_way_of_the_same_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = policy("id: https, service: 443/tcp", "id: sql, to: db, service: 443/tcp")
    export = rules(
        KEEP,
        HTTPS.replace(".10/32", ".10/31"),
        "-A FORWARD -d 192.0.2.10/31 -p tcp -m tcp --dport 8080 -j ACCEPT",
    )
    waiver = _accept(finding="source-too-broad", to="shop.web")
    bind = "{web: 192.0.2.10, db: 192.0.2.11, users: office}"

    _, actual = _run(tmp_path, capsys, site(bind=bind, more=waiver), export, text)

    assert [line.split(": ")[1].split()[0] for line in actual[:-1]] == ["FW205", "FW205", "FW510"]


@pytest.mark.parametrize(
    ("export", "status", "expected"),
    [
        (rules(KEEP, HTTPS), 0, []),
        (
            rules(KEEP, HTTPS.replace("-j", "-m future --crystal ball -j")),
            0,
            ["FW109 warning (possible)", "FW902 info"],
        ),
        (
            rules(KEEP, HTTPS.replace("-j", "-m limit --limit 3/min -j")),
            0,
            ["FW109 warning (possible)", "FW902 info"],
        ),
        (
            rules(KEEP, HTTPS.replace("ACCEPT", "NFQUEUE --queue-num 0")),
            0,
            ["FW109 warning (possible)", "FW902 info"],
        ),
    ],
    ids=["clean", "an unknown match", "a limit", "an unknown target"],
)
def test_what_was_not_understood_is_said_beside_what_follows_from_it(
    export: str,
    status: int,
    expected: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    actual_status, actual = _run(tmp_path, capsys, site(), export)

    said = sorted(line.split(": ", 2)[1] for line in actual[:-1])
    assert actual_status == status
    assert [text for text, begin in zip(said, expected, strict=True) if begin not in text] == []


def test_an_export_that_ends_inside_a_table_is_not_called_clean(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, actual = _run(tmp_path, capsys, site(), rules(KEEP, HTTPS).replace("COMMIT\n", ""))

    assert status == 2
    assert actual == ["Nothing was checked: 1 input could not be evaluated."]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (site(bind="{users: office}"), "FW501 warning: `shop.web` is not bound"),
        (site(bind="{web: 192.0.2.10, users: office, admins: office}"), "FW502 info"),
    ],
    ids=["unbound role", "unused binding"],
)
def test_what_the_site_gets_wrong_is_a_finding_like_others(
    text: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, actual = _run(tmp_path, capsys, text, rules(KEEP, HTTPS))

    assert [line for line in actual if problem in line]


_LEAP = """\
fwlint: site/1
networks: {mgmt: 10.99.0.0/24, dmz: 192.0.2.0/24}
devices:
  edge: {config: edge.rules, ipv6: no, interfaces: {wan0: internet, mgmt0: mgmt, dmz0: dmz}}
  mx: {config: mx.rules, host: leap.mx, ipv6: no, interfaces: {eth0: [internet, mgmt, dmz]}}
use:
  leap:
    bind:
      webapp: 192.0.2.11
      mx: 192.0.2.12
      soledad: none
      openvpn: none
      other-nodes: none
      sysadmins: mgmt
"""
_LEAP_EDGE = rules(
    KEEP,
    "-A FORWARD -o wan0 -j ACCEPT",
    "-A FORWARD -d 192.0.2.11/32 -o dmz0 -p tcp -m multiport --dports 80,443,4430,6425 -j ACCEPT",
    "-A FORWARD -d 192.0.2.12/32 -o dmz0 -p tcp -m multiport --dports 25,465 -j ACCEPT",
    "-A FORWARD -s 10.99.0.0/24 -d 192.0.2.11/32 -p tcp -m tcp --dport 22 -j ACCEPT",
    "-A FORWARD -s 10.99.0.0/24 -d 192.0.2.12/32 -p tcp -m tcp --dport 22 -j ACCEPT",
    "-A FORWARD -j LOG -m limit --limit 5/min",
)
_LEAP_MX = rules(
    "-A INPUT -i lo -j ACCEPT",
    KEEP.replace("FORWARD", "INPUT"),
    "-A INPUT -m conntrack --ctstate INVALID -j DROP",
    "-A INPUT -p icmp -j ACCEPT",
    "-A INPUT -p tcp -m multiport --dports 25,465 -j ACCEPT",
    "-A INPUT -s 10.99.0.0/24 -p tcp -m tcp --dport 22 -j ACCEPT",
    "-A INPUT -s 192.0.2.11/32 -p tcp -m tcp --dport 10000:20000 -j ACCEPT",
)


def test_a_correct_site_of_a_shipped_policy_has_no_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mx.rules").write_text(_LEAP_MX, encoding="utf-8")
    accept = (
        "accept: [{finding: cleartext-from-internet, because: STARTTLS and redirects, "
        'until: "2099-12-31"}]\n'
        "allow: [{id: out, from: dmz, to: any, service: [1-65535/tcp, 1-65535/udp]}]\n"
    )

    status, actual = _run(tmp_path, capsys, _LEAP + accept, _LEAP_EDGE)

    serious = [line for line in actual[:-1] if " info: " not in line]
    assert (status, serious) == (0, [])


def test_the_same_device_twice_in_a_row_of_exports_judges_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = rules("-A FORWARD -d 192.0.2.10/32 -j DROP", forward="ACCEPT", input="ACCEPT")
    # Another table: one that is in both files is loaded from the last one only.
    security = second.replace("*filter", "*security")
    (tmp_path / "more.rules").write_text(security, encoding="utf-8")
    device = EDGE.replace("edge.rules", "[edge.rules, more.rules]")

    status, actual = _run(tmp_path, capsys, site(device), rules(KEEP, HTTPS))

    assert status == 1
    assert actual[0].startswith("more.rules:5:1: FW101 error: required flow shop.https ")
