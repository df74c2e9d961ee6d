"""Edits of config.xml, and what to do on the web page."""

from pathlib import Path

import pytest

from flowmodel.affected import PacketBox
from linter.cli import main
from linter.fixes.pf_xml import Rule, narrower
from tests import ROOT
from tests.linter.checks.pf import EDGE, HTTPS, config
from tests.linter.checks.samples import policy, site
from tests.linter.fixes.fixing import Edited, edited, fixes

_PASS = (
    "<type>{}</type><interface>lan</interface><ipprotocol>inet</ipprotocol>"
    "<protocol>icmp</protocol><source>{}</source><destination><address>web</address>"
    "</destination><descr>{}</descr>"
)
_LAN = "<network>lan</network>"
_HOST = "<address>10.1.0.5</address>"
PING = _PASS.format("pass", _LAN, "Ping")
BAN = _PASS.format("block", _HOST, "Ban")
_AGAIN = _PASS.format("pass", _HOST, "Again")
_SELECT = ("--select", "FW301,FW302,FW303,FW314", "--fail-on", "never")
_PAGE = "Firewall > Rules > LAN"
_TITLE = '{} in quick on lan proto icmp from {} to web "{}"'
_MOVED = (
    f"{_PAGE}: move the 2nd rule ({_TITLE.format('block', '10.1.0.5', 'Ban')}) "
    f"above the 1st rule ({_TITLE.format('pass', 'lan', 'Ping')})"
)
_CLOSED = (
    "closes icmp from 10.1.0.5 to 192.0.2.10 in em1 or lan; no other packet is treated differently"
)
_SAME = "no packet is treated differently"


def _rule(text: str) -> str:
    return f"<rule>{text}</rule>"


@pytest.mark.parametrize(
    ("texts", "check", "changes", "steps", "effect"),
    [
        ([BAN, PING], None, (), (), ""),
        (
            [PING, _AGAIN],
            "FW302",
            ((21, (_rule(_AGAIN),), ()),),
            (f"{_PAGE}: delete the 2nd rule ({_TITLE.format('pass', '10.1.0.5', 'Again')})",),
            _SAME,
        ),
        (
            [PING, BAN],
            "FW314",
            ((20, (), (_rule(BAN),)), (21, (_rule(BAN),), ())),
            (_MOVED,),
            _CLOSED,
        ),
    ],
    ids=["no-op", "part of an earlier one", "a ban too late"],
)
def test_of_rules_that_decide_nothing(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    texts: list[str],
    check: str | None,
    changes: tuple[object, ...],
    steps: tuple[str, ...],
    effect: str,
) -> None:
    found = fixes(tmp_path, capsys, {"edge.xml": config(*texts)}, "edge.xml", *_SELECT)

    assert [tuple(each)[:6] for each in found] == (
        [] if check is None else [(check, 21, changes, (), steps, effect)]
    )


_FLOATING = (
    f"<rule>\n      {BAN}\n      <direction>in</direction><floating>yes</floating>\n    </rule>"
)


def test_a_floating_denial_becomes_quick(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = config("MARK", PING).replace("<rule>MARK</rule>", _FLOATING)

    (found,) = fixes(tmp_path, capsys, {"edge.xml": text}, "edge.xml", *_SELECT)

    assert isinstance(found, Edited)
    assert found.changes == ((23, (), ("      <quick>yes</quick>",)),)
    (step,) = found.steps
    assert step.startswith("Firewall > Rules > Floating: edit the 1st rule (block in on lan proto")
    assert step.endswith(": set Quick")
    assert fixes(tmp_path, capsys, {"edge.xml": edited(text, found)}, "edge.xml", *_SELECT) == []


_ADDED = (
    "<rule>",
    "\t<type>pass</type>",
    "\t<interface>lan</interface>",
    "\t<ipprotocol>inet</ipprotocol>",
    "\t<protocol>tcp</protocol>",
    "\t<source>",
    "\t\t<address>10.1.0.0/16</address>",
    "\t</source>",
    "\t<destination>",
    "\t\t<address>192.0.2.10</address>",
    "\t\t<port>443</port>",
    "\t</destination>",
    "\t<descr>shop.https: shop.users to shop.web</descr>",
    "</rule>",
)
_WORDS = (
    "Action Pass, Address Family IPv4, Protocol TCP, Source 10.1.0.0/16, Destination 192.0.2.10, "
    "Destination Port 443, Description shop.https: shop.users to shop.web"
)
_DENY = HTTPS.replace("pass", "block").replace("<port>443</port>", "").strip()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([HTTPS], None),
        ([], (20, "at the end")),
        ([PING], (21, "at the end")),
        (
            [_DENY, HTTPS],
            (20, 'above block in quick on lan proto tcp from lan to web "Shop"'),
        ),
    ],
    ids=["no-op", "without rules", "behind all others", "before a denial"],
)
def test_of_a_required_flow(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    texts: list[str],
    expected: tuple[int, str] | None,
) -> None:
    text = config(*texts)
    files = {"shop.yaml": policy(), "site.yaml": site(EDGE), "edge.xml": text}

    found = fixes(tmp_path, capsys, files, "--select", "FW1")

    if expected is None:
        assert found == []
        return
    (one,) = found
    assert isinstance(one, Edited)
    ((line, old, new),) = one.changes
    assert (line, old) == (expected[0], ())
    assert [each.strip() for each in new] == [each.strip() for each in _ADDED]
    assert one.steps == (f"Firewall > Rules > LAN: add {expected[1]}: {_WORDS}",)
    assert one.effect == (
        "opens tcp 443 from 10.1.0.0/16 to 192.0.2.10 in em1 or lan; "
        "no other packet is treated differently"
    )


def test_secrets_are_in_the_copy_and_in_no_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "hunter2-of-the-firewall"
    user = f"<user><name>admin</name><password>{secret}</password></user>"
    by = f"<created><username>{secret}</username></created>"
    text = config(PING, _AGAIN + by).replace("</system>", f"{user}</system>")
    monkeypatch.chdir(tmp_path)
    Path("edge.xml").write_text(text)

    main(["check", "edge.xml", "--fix=apply", "--fix-to", "new", "-o", "full", "-o", "json:x.json"])

    printed = capsys.readouterr()
    assert "edit: edge.xml:21" in printed.out
    assert secret not in printed.out + printed.err + Path("x.json").read_text()
    copy = Path("new/edge.xml").read_text()
    assert copy == text.replace(f"{_rule(_AGAIN + by)}\n", "")
    assert secret in copy


def test_opnsense_is_edited_as_pfsense_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "fixtures/opnsense/older/config.xml").read_text()
    start = text.index("    <rule>\n", text.index("<filter>"))
    rule = text[start : text.index("    </rule>\n", start) + len("    </rule>\n")]
    twice = text.replace(rule, rule * 2)
    files = {"config.xml": twice}

    (found,) = fixes(tmp_path, capsys, files, "config.xml", "--select", "FW301,FW302")

    assert isinstance(found, Edited)
    ((_, old, new),) = found.changes
    assert ("\n".join(old) + "\n", new, found.effect) == (rule, (), _SAME)
    assert edited(twice, found) == text


@pytest.mark.parametrize(
    ("rule", "new", "step"),
    [
        (HTTPS, None, ""),
        (
            HTTPS.replace("<port>443</port>", "<port>400-500</port>"),
            ("<port>443</port>",),
            '"Shop"): Protocol TCP, Destination Port 443',
        ),
        (
            HTTPS.replace("<port>443</port>", "<port>400-500</port>").replace("inet<", "inet46<"),
            ("<ipprotocol>inet</ipprotocol>", "<port>443</port>"),
            "): Address Family IPv4, Protocol TCP, Destination Port 443",
        ),
        (HTTPS.replace("<port>443</port>", "<port>8080</port>"), (), "delete"),
    ],
    ids=["no-op", "ports", "a rule of both families", "no flow at all"],
)
def test_of_a_rule_that_opens_too_much(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    rule: str,
    new: tuple[str, ...] | None,
    step: str,
) -> None:
    lines = rule.strip().replace("><", ">\n<")
    files = {"shop.yaml": policy(), "site.yaml": site(EDGE), "edge.xml": config(lines)}

    found = fixes(tmp_path, capsys, files, "--select", "FW2")

    if new is None:
        assert found == []
        return
    assert len({tuple(each)[2:] for each in found}) == 1
    one = found[0]
    assert isinstance(one, Edited)
    assert step in one.steps[0]
    then = edited(files["edge.xml"], one)
    assert all(each in then for each in new)
    assert fixes(tmp_path, capsys, {**files, "edge.xml": then}, "--select", "FW2") == []


@pytest.mark.parametrize(
    ("service", "fields", "expected"),
    [
        (("tcp", "443"), ("src",), HTTPS),
        (("tcp", "22"), ("service",), HTTPS.replace("443", "22")),
        (("tcp", ""), ("service",), HTTPS.replace("<port>443</port>", "")),
        (("esp", ""), ("dst", "service"), HTTPS.replace("<port>443</port>", "")),
    ],
    ids=["no-op", "another port", "any port", "no ports"],
)
def test_a_port_stays_only_where_the_service_does(
    service: tuple[str, str], fields: tuple[str, ...], expected: str
) -> None:
    rule = Rule(PacketBox(4, "certain", "forward", "", "", (), (), ()), "", "", service)

    then = narrower(HTTPS, fields, rule)

    told = expected.replace("<protocol>tcp", f"<protocol>{service[0]}")
    assert "".join(then.split()) == "".join(told.split())
