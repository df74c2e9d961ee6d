"""FW301, FW302 and FW314: rules that decide nothing, or nothing that others would not."""

from pathlib import Path

import pytest

from flowmodel.record import replace
from flowmodel.ruleset import base_chains
from linter.checks.rulebase.standing import seen
from linter.engine.budget import Budget
from linter.engine.device.fates import Fates, fates
from linter.engine.device.mentions import names_in
from linter.engine.sets.space import Space
from parsers import read_exports
from tests.linter.checks.bare import findings
from tests.linter.checks.pf import config
from tests.linter.checks.samples import KEEP_IN, chains, rules

_CHECKS = ("FW301", "FW302", "FW303", "FW314")
_SSH = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"
_HTTPS = _SSH.replace("22", "443")
_BAN = "-A INPUT -s 203.0.113.0/24 -j DROP"
_OPAQUE = "-A INPUT -p tcp -m tcp --dport 22 -m string --string x --algo bm -j ACCEPT"
_HALF = "-A INPUT -s {}.0.0.0/1 -p tcp -m tcp --dport 22 -j ACCEPT"


def _found(folder: Path, *lines: str, **default: str) -> list[tuple[str, str, str]]:
    """The id, the line of the rule, and those of the rules that are named beside it."""
    export = rules(*lines, **default)
    return [
        (each.check, str(each.span.line - 4), ",".join(str(r.span.line - 4) for r in each.related))
        for each in findings(folder, *_CHECKS, host=export)
    ]


_FEW = _SSH.replace("-p", "-m conntrack --ctstate ESTABLISHED -p")
_SYN = "-A INPUT -p tcp -m tcp --tcp-flags SYN,ACK SYN -j {}"
_NULL = "-A INPUT -p tcp -m tcp --tcp-flags ALL NONE -j DROP"
_UDP = "-A INPUT -p udp -j RETURN", "-A INPUT -p udp -m udp --dport 53 -j ACCEPT"
_IN_A = _SSH.replace("INPUT", "a")
_TWICE = (*chains("a"), "-A INPUT -i x0 -j a", "-A INPUT -i x1 -j a", _IN_A)
_DENIES = (*chains("a"), "-A INPUT -p tcp -j a", _SSH, _IN_A.replace("ACCEPT", "DROP"))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([KEEP_IN, _SSH, _HTTPS], []),
        ([_BAN, _SSH], []),
        ([_SSH, _BAN.replace("-j", "-p tcp -m tcp --dport 22 -j")], [("FW314", "2", "1")]),
        ([_SSH, _BAN], []),
        (["-A INPUT -j ACCEPT", _BAN], [("FW314", "2", "1")]),
        ([_BAN, _SSH.replace("-p", "-s 203.0.113.7/32 -p")], [("FW301", "2", "1")]),
        ([_SSH, _SSH], [("FW302", "2", "1")]),
        ([_SSH.replace("-p", "-s 10.0.0.0/8 -p"), _SSH], [("FW302", "1", "2")]),
        ([_HALF.format(0), _HALF.format(128), _SSH], [("FW302", "3", "2,1")]),
        ([_HALF.format(0), _SSH], [("FW302", "1", "2")]),
        ([_OPAQUE, _SSH], [("FW302", "1", "2")]),
        ([_OPAQUE, _SSH.replace("ACCEPT", "DROP")], []),
        ([_SSH, _OPAQUE], [("FW302", "2", "1")]),
        ([_SSH, _OPAQUE.replace("ACCEPT", "DROP")], [("FW314", "2", "1")]),
        ([KEEP_IN, _FEW], [("FW302", "2", "1")]),
        ([_SSH.replace("-p", "! -s 10.0.0.0/8 -p"), _BAN], []),
        ([_SYN.format("DROP"), _SSH], []),
        ([_SYN.format("ACCEPT"), _BAN.replace("-j", "-p tcp -j")], [("FW314", "2", "1")]),
        ([_SYN.format("ACCEPT"), _NULL], []),
        ([_SYN.format("DROP"), _SYN.format("ACCEPT")], [("FW301", "2", "1")]),
        ([_SSH, "-A INPUT -j LOG", "-A INPUT -j DROP"], []),
        (list(_UDP), [("FW301", "2", "1")]),
        (list(_DENIES), [("FW301", "3", "4")]),
        ([*chains("a"), "-A INPUT -j a", _SSH], []),
        ([*chains("a"), "-A INPUT -p udp -j a", "-A a -p tcp -j ACCEPT"], [("FW303", "3", "")]),
        (list(_TWICE), []),
        (["-A INPUT -i x0 -p tcp -j ACCEPT", "-A INPUT -i x1 -p tcp -j DROP"], []),
    ],
    ids=[
        *("no-op", "a ban in front", "a ban too late", "a ban that still bans others"),
        *("behind everything", "an accept behind a ban", "twice", "part of a later one"),
        *("two halves together", "one half", "an unread part of another", "unread hides nothing"),
        *(
            "unread is hidden",
            "an unread deny",
            "known connections",
            "negation",
            "flags",
            "a ban that only later packets come to",
            "a rule against what begins nothing",
            "the same flags",
        ),
        *("a log rule", "behind a return", "in a chain", "an empty chain", "never in its chain"),
        *("a chain that is called twice", "two interfaces"),
    ],
)
def test_what_a_rule_decides(
    lines: list[str], expected: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    assert _found(tmp_path, *lines) == expected


_WEB = "-A INPUT -p tcp -m tcp --dport 80"
_NOTED = {
    "LOG": f"{_WEB} -j LOG",
    "now and then": f"{_WEB} -m limit --limit 3/min -j LOG",
    "NFLOG": f"{_WEB} -j NFLOG --nflog-group 1",
    "counted": _WEB,
    "marked": f"{_WEB} -j MARK --set-xmark 0x1/0xffffffff",
}


@pytest.mark.parametrize("noted", _NOTED.values(), ids=_NOTED)
@pytest.mark.parametrize("verdict", ["ACCEPT", "DROP"])
def test_what_only_notes_a_packet_is_there_for_that(
    noted: str, verdict: str, tmp_path: Path
) -> None:
    assert _found(tmp_path, _SSH, noted, f"{_WEB} -j {verdict}", _HTTPS) == []
    assert _found(tmp_path, _SSH, f"{_WEB} -j {verdict}", f"{_WEB} -j {verdict}", _HTTPS) == [
        ("FW302", "3", "2")
    ]


_PF = """
<type>{}</type><interface>lan</interface><ipprotocol>inet</ipprotocol>{}
<source><any/></source><destination>{}</destination>
"""
_PF_PASS, _PF_TCP = _PF.format("pass", "", "<any/>"), "<protocol>tcp</protocol>"
_TO_ONE = "<address>192.0.2.10</address>"
_FLOATING = "<floating>yes</floating><direction>in</direction>"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((_PF.format("block", _PF_TCP, _TO_ONE), _PF_PASS), []),
        ((_PF_PASS, _PF_PASS), ["FW302"]),
        ((_PF_PASS, _PF.format("pass", _PF_TCP, _TO_ONE)), ["FW302"]),
        ((_PF_PASS, _PF.format("block", _PF_TCP, _TO_ONE)), ["FW314"]),
        ((_PF_PASS, _PF.format("block", "", _TO_ONE)), ["FW314"]),
        ((_PF.format("block", _FLOATING, _TO_ONE), _PF_PASS), ["FW314"]),
        ((_PF.format("block", f"{_FLOATING}<quick>yes</quick>", _TO_ONE), _PF_PASS), []),
    ],
    ids=[
        *("no-op", "twice", "part of another", "a block too late", "of all protocols"),
        *("one that is not quick", "a quick one"),
    ],
)
@pytest.mark.parametrize("product", ["pfsense", "opnsense"])
def test_what_pf_denies_by_itself_is_no_part_of_a_rule(
    lines: tuple[str, ...], expected: list[str], product: str, tmp_path: Path
) -> None:
    export = config(*lines).replace("pfsense>", f"{product}>")

    found = findings(tmp_path, *_CHECKS, ipv6="no", host=export)

    assert [each.check for each in found] == expected
    words = "make it quick, and move it before what accepts its packets"
    assert [words in each.remedy for each in found] == [each == "FW314" for each in expected]


_NFT = """\
table inet f {{
  chain i {{
    type filter hook input priority 0; policy drop;
    {}
  }}
}}
"""


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["ip saddr 10.0.0.0/8 accept", "tcp dport 22 accept"], []),
        (["tcp dport 22 accept", "ip saddr 10.0.0.0/8 tcp dport 22 drop"], ["FW314"]),
        (["tcp dport 22 accept", "ip6 saddr 2001:db8::/32 tcp dport 22 drop"], ["FW314"]),
        (["meta nfproto ipv4 tcp dport 22 accept", "tcp dport 22 drop"], []),
        (["tcp dport { 22, 443 } accept", "tcp dport 443 accept"], ["FW302"]),
        (["tcp dport 22-30 accept", "tcp dport { 22, 31 } drop"], []),
        (['tcp dport 22 log prefix "ssh: "', "tcp dport 22 accept"], []),
        (["tcp dport 80 counter packets 0 bytes 0", "tcp dport 80 drop"], []),
    ],
    ids=[
        *("no-op", "IPv4", "IPv6", "one family only", "a set", "part of a set"),
        *("a log", "a counter"),
    ],
)
def test_in_both_families_of_an_inet_table(
    statements: list[str], expected: list[str], tmp_path: Path
) -> None:
    export = _NFT.format("\n    ".join(statements))

    assert [each.check for each in findings(tmp_path, *_CHECKS, host=export)] == expected


@pytest.mark.parametrize(
    ("ban", "expected"), [(_BAN, "error"), ("-A INPUT -s 203.0.113.0/24 -j DROP", "error")]
)
def test_a_deny_that_is_open_to_everybody_is_an_error(
    ban: str, expected: str, tmp_path: Path
) -> None:
    everybody = ban.replace("-s 203.0.113.0/24 ", "-p tcp ")

    (found,) = findings(tmp_path, "FW314", host=rules("-A INPUT -j ACCEPT", everybody))

    assert (found.level, found.witness) == (expected, "tcp 198.51.100.7:40000 > 192.0.2.10:443")


_BEFORE_TRACKING = """\
table inet t {
  chain c { tcp dport 1 accept; }
  chain pre {
    type filter hook prerouting priority raw; policy accept;
    ip daddr { 192.0.2.1 } jump c
    ip daddr { 192.0.2.2 } jump c
    ip saddr 10.0.0.0/8 accept
    ip saddr 10.0.0.0/%s notrack drop
  }
}
"""


@pytest.mark.parametrize(("length", "expected"), [("7", []), ("8", ["FW314"])])
def test_a_rule_that_takes_packets_from_tracking_may_deny_first_ones(
    length: str, expected: list[str], tmp_path: Path
) -> None:
    found = findings(tmp_path, "FW314", host=_BEFORE_TRACKING % length)

    assert [each.check for each in found] == expected


@pytest.mark.parametrize(
    ("default", "is_shared", "expected"),
    [
        ("DROP", True, [None, None]),
        ("DROP", False, [None, None]),
        ("ACCEPT", False, ["tcp 10.0.0.7:40000 > 192.0.2.10:443 (established)", None]),
    ],
    ids=["parts of one rule", "two rules", "more than the default does"],
)
def test_no_packet_is_shown_where_none_fares_otherwise(
    default: str, is_shared: bool, expected: list[str | None], tmp_path: Path
) -> None:
    new = "-A INPUT -m conntrack --ctstate NEW -j ACCEPT"
    denies = [f"-A INPUT -s {each} -j DROP" for each in ("10.0.0.0/8", "10.1.0.0/16")]
    path = tmp_path / "host.rules"
    path.write_text(rules(new, *denies, input=default), encoding="utf-8")
    rulesets = read_exports([str(path)])
    table, base = next(each for each in base_chains(rulesets, 4) if each[1].name == "INPUT")
    first, *parts = base.rules
    if is_shared:
        parts = [replace(each, line=parts[0].line, column=parts[0].column) for each in parts]
    base = replace(base, rules=(first, *parts))
    (found,) = fates([(table, base)], Space(4, names_in(rulesets)), Budget())
    assert isinstance(found, Fates)

    told = seen(found, Budget(), frozenset(map(id, parts)), is_only_judge=True)

    assert [each.change and each.change.words for each in told] == expected


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("-A INPUT -p tcp -m tcp --syn -j ACCEPT", "denies no connection: {} all that open one"),
        (
            "-A INPUT -m conntrack --ctstate NEW -j ACCEPT",
            "denies no connection: {} all that open one",
        ),
        ("-A INPUT -p tcp -j ACCEPT", "denies nothing: {} all that it matches"),
    ],
)
def test_a_deny_rule_that_stops_later_packets_is_not_said_to_deny_nothing(
    accepted: str, expected: str, tmp_path: Path
) -> None:
    export = rules(accepted, "-A INPUT -p tcp -m tcp --dport 22 -j DROP", input="ACCEPT")

    (found,) = findings(tmp_path, "FW314", host=export)

    said = expected.format("another rule accepts")
    assert found.message == f"this rule of INPUT on host {said}"
