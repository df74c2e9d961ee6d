"""pf, which judges packets where they arrive and where they leave, and whose rules have titles."""

from pathlib import Path

import pytest

from tests.linter.checks.pf import EDGE, HTTPS, config
from tests.linter.checks.samples import EXPOSURE, REQUIRED, Asking, lines, policy, site

found = Asking(*REQUIRED, *EXPOSURE)

_OFF = "<disabled/>"
_INTERNET = policy("id: https, from: internet, service: 443/tcp")
_PUBLIC = "{web: {address: 192.0.2.10, public: 203.0.113.5}, users: office}"


def _actual(folder: Path, *filter_rules: str, nat: str = "", text: str = "") -> list[str]:
    exports = {"edge.xml": config(*filter_rules, nat=nat)}
    where = site(EDGE, bind=_PUBLIC) if nat else site(EDGE)
    return lines(found(folder, text or policy(), where, exports))


def test_a_site_that_fits_has_no_findings(tmp_path: Path) -> None:
    assert _actual(tmp_path, HTTPS) == []


def test_a_disabled_rule_that_was_the_required_one_is_named(tmp_path: Path) -> None:
    packet = "[tcp 10.1.0.7:40000 > 192.0.2.10:443 in lan out opt1]"

    assert _actual(tmp_path, HTTPS + _OFF) == [
        (
            "edge.xml:19: FW101 error: required flow shop.https (443/tcp) from users "
            f"to web is blocked on edge {packet}"
        ),
        (
            "edge.xml:20: FW108 error: a disabled rule would permit required flow "
            "shop.https (443/tcp) from users to web, which is blocked on edge "
            f"{packet}"
        ),
    ]


def test_a_disabled_block_rule_is_not(tmp_path: Path) -> None:
    block = HTTPS.replace("pass", "block") + _OFF

    assert [text.split()[1] for text in _actual(tmp_path, block)] == ["FW101"]


def test_neither_is_one_behind_a_rule_that_blocks(tmp_path: Path) -> None:
    block = HTTPS.replace("pass", "block")

    assert [text.split()[1] for text in _actual(tmp_path, block, HTTPS + _OFF)] == ["FW101"]
    assert [text.split()[1] for text in _actual(tmp_path, HTTPS + _OFF, block)] == [
        "FW108",
        "FW101",
    ]


_FORWARD = """
<interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>
<source><any/></source><destination><address>203.0.113.5</address><port>443</port></destination>
<target>192.0.2.10</target><local-port>443</local-port><descr>Shop</descr>
"""
_FROM_WAN = """
<type>pass</type><interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>
<source><any/></source><destination><address>web</address><port>443</port></destination>
"""
_PASS = "<associated-rule-id>pass</associated-rule-id>"


@pytest.mark.parametrize(
    ("filter_rule", "nat", "expected"),
    [
        pytest.param(_FROM_WAN, _FORWARD, [], id="both"),
        pytest.param("", _FORWARD + _PASS, [], id="one that passes by itself"),
        pytest.param(_FROM_WAN + _OFF, _FORWARD, ["20 a disabled rule"], id="the filter rule"),
        pytest.param(_FROM_WAN, _FORWARD + _OFF, ["24 a disabled rule"], id="the port-forward"),
        pytest.param("", _FORWARD + _PASS + _OFF, ["23 a disabled rule"], id="it passes by itself"),
        pytest.param(
            _FROM_WAN + _OFF, _FORWARD + _OFF, ["24 two disabled rules"], id="both are disabled"
        ),
    ],
)
def test_a_disabled_port_forward_is_named(
    tmp_path: Path, filter_rule: str, nat: str, expected: list[str]
) -> None:
    listed = [filter_rule] if filter_rule else []
    actual = _actual(tmp_path, *listed, nat=nat, text=_INTERNET)
    named = [text.split(":") for text in actual if "FW108" in text]

    assert [
        f"{line} {what.split(' would')[0].strip()}" for _, line, _, what, *_ in named
    ] == expected
    assert bool(actual) == bool(expected)


def test_an_opening_shows_the_rule_on_arrival(tmp_path: Path) -> None:
    wide = HTTPS.replace("<port>443</port>", "<port>8080</port>").replace("Shop", "Old")

    (text,) = _actual(tmp_path, HTTPS, wide)

    assert text == (
        "edge.xml:21: FW205 warning: 8080/tcp on web is open to office through "
        "edge; no policy asks for it [tcp 10.1.0.7:40000 > 192.0.2.10:8080 in "
        "lan out opt1]"
    )


def test_a_rule_for_everything_is_one_with_the_flags_that_pf_adds(tmp_path: Path) -> None:
    everything = """
    <type>pass</type><interface>wan</interface><ipprotocol>inet</ipprotocol>
    <source><any/></source><destination><any/></destination><descr>Oops</descr>
    """
    actual = _actual(tmp_path, HTTPS, everything)

    assert [text.split(": ")[:2] for text in actual] == [["edge.xml:21", "FW201 critical"]]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param(
            (),
            ["replies to shop.https (443/tcp) from users to web are blocked"],
            id="no rule for answers",
        ),
        pytest.param(
            (
                """
                <floating>yes</floating><type>pass</type><interface>lan</interface>
                <direction>out</direction><quick>yes</quick><ipprotocol>inet</ipprotocol>
                <protocol>tcp</protocol><tcpflags_any/><statetype>none</statetype>
                <source><address>web</address><port>443</port></source>
                <destination><any/></destination>
                """,
            ),
            [],
            id="a rule for answers",
        ),
    ],
)
def test_a_rule_without_state_needs_one_for_answers(
    tmp_path: Path, more: tuple[str, ...], expected: list[str]
) -> None:
    stateless = HTTPS + "<statetype>none</statetype><tcpflags_any/>"
    actual = [text for text in _actual(tmp_path, stateless, *more) if "FW104" in text]

    assert [text.split(": ")[2].split(" on edge")[0] for text in actual] == expected


_LEAVING = """
<floating>yes</floating><type>pass</type><interface>opt1</interface><direction>out</direction>
<quick>yes</quick><ipprotocol>inet</ipprotocol><protocol>tcp</protocol><tcpflags_any/>
<statetype>none</statetype><source><any/></source>
<destination><address>web</address><port>443</port></destination>
"""
_ANSWERS = """
<type>pass</type><interface>opt1</interface><ipprotocol>inet</ipprotocol>
<protocol>tcp</protocol><tcpflags_any/><statetype>none</statetype>
<source><address>web</address><port>443</port></source>
<destination><network>lan</network></destination>
"""


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param((_LEAVING,), ["FW104"], id="no rule for answers"),
        pytest.param((_LEAVING, _ANSWERS), [], id="a rule for answers, which takes no state away"),
    ],
)
def test_a_state_on_arrival_lets_answers_leave(
    tmp_path: Path, more: tuple[str, ...], expected: list[str]
) -> None:
    actual = [text.split()[1] for text in _actual(tmp_path, HTTPS, *more)]

    assert [check for check in actual if check.startswith("FW1")] == expected


_UNKNOWN = """
<interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol><source><any/></source>
<destination><address>203.0.113.99</address><port>8443</port></destination>
<target>shops</target><local-port>8443</local-port>
"""
_SHOPS = "<alias><name>shops</name><type>host</type><address>shop.example.net</address></alias>"


def test_where_nobody_knows_the_target_of_a_port_forward_it_may_be_any_machine(
    tmp_path: Path,
) -> None:
    text = config(HTTPS, nat=_UNKNOWN + _PASS).replace("</aliases>", f"{_SHOPS}</aliases>")

    actual = found(tmp_path, policy(), site(EDGE), {"edge.xml": text})

    assert [(each.check, each.certainty, each.reasons) for each in actual] == [
        ("FW205", "possible", ("the address to which a translation sends the packets",))
    ]


_TO_TELNET = """
<interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>
<source><any/></source>
<destination><address>203.0.113.9</address><port>22</port></destination>
<target>192.0.2.10</target><local-port>23</local-port>
"""
_TELNET = """
<type>pass</type><interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>
<source><any/></source><destination><address>192.0.2.10</address><port>23</port></destination>
"""


@pytest.mark.parametrize(
    "names", [("wan", "lan", "opt1"), ("em0", "em1", "em2")], ids=["pf's names", "the system's"]
)
def test_a_site_may_have_either_name_of_an_interface(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    edge = EDGE
    for old, new in zip(("wan", "lan", "opt1"), names, strict=True):
        edge = edge.replace(f"{old}:", f"{new}:")
    export = config(HTTPS, _TELNET, nat=_TO_TELNET)

    actual = Asking(*EXPOSURE, "FW215")(tmp_path, policy(), site(edge), {"edge.xml": export})

    assert {f"{each.check} {each.certainty}" for each in actual} == {"FW205 certain"}
