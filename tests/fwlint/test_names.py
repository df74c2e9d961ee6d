"""Interfaces in `fwlint trace` go by the names that people see, or by none."""

from pathlib import Path

import pytest

from linter.cli import main

_CONFIG = """<pfsense><version>24.0</version><system/>
<interfaces>
<wan><enable/><if>em0</if><descr>WAN</descr><ipaddr>198.51.100.2</ipaddr><subnet>24</subnet></wan>
<opt1><enable/><if>em2</if><descr>DMZ</descr><ipaddr>10.2.0.1</ipaddr><subnet>24</subnet></opt1>
<opt2><if>em3</if></opt2>
</interfaces>
<openvpn><openvpn-server><vpnid>1</vpnid></openvpn-server></openvpn>
<filter>
<rule><interface>wan</interface><source><any/></source><destination><any/></destination></rule>
<rule><interface>openvpn</interface><source><any/></source><destination><any/></destination></rule>
</filter></pfsense>"""
_PACKET = "tcp 203.0.113.7:40000 > 10.2.0.10:443 in {} out {}"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "config.xml").write_text(_CONFIG)
    monkeypatch.chdir(tmp_path)
    return "config.xml"


@pytest.mark.parametrize(
    ("into", "out", "verdict"),
    [
        ("wan", "opt1", "accept"),
        ("em0", "em2", "accept"),
        ("WAN", "DMZ", "accept"),
        ("Em0", "dmz", "accept"),
        ("ovpns1", "dmz", "accept"),
        ("openvpn", "dmz", "accept"),
        ("dmz", "wan", "drop"),
    ],
)
def test_every_name_of_an_interface_gives_the_same_answer(
    config: str, into: str, out: str, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", "--hook", "forward", config, _PACKET.format(into, out)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"{verdict}: ")


@pytest.mark.parametrize("name", ["em9", "opt2", "guest"])
def test_an_interface_that_the_export_has_not_is_refused(
    config: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", "--hook", "forward", config, _PACKET.format("wan", name)]) == 2
    assert capsys.readouterr() == (
        "",
        f"fwlint trace: config.xml has no enabled interface `{name}`; it has wan, opt1\n",
    )
