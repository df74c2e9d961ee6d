"""A door is another one where its packets are sent on to another machine: a baseline goes by it."""

from pathlib import Path

import pytest

from tests.linter.commands.test_baseline import accept, checked, folder

__all__ = ["folder"]

_EXPORT = """\
table ip nat {{
	chain pre {{
		type nat hook prerouting priority -100; policy accept;
		iifname "eth0" ip daddr 203.0.113.5 tcp dport 22 {}
	}}
}}
table inet filter {{
	chain forward {{
		type filter hook forward priority 0; policy drop;
		ip daddr 192.0.2.8/29 tcp dport 443 accept
		ip saddr 10.1.9.0/24 ip daddr 192.0.2.8/29 tcp dport 22 accept
		ct status dnat accept
	}}
}}
"""
_ONE = "counter packets 1 bytes 60 dnat to 192.0.2.10"
_POOL = "dnat to 192.0.2.10-192.0.2.12"
_PORTS = "dnat to 192.0.2.10:22-30"
_OTHER = '\t\tiifname "eth0" ip daddr 203.0.113.6 tcp dport 443 dnat to 192.0.2.10-192.0.2.11\n'
_TYPE = "\t\ttype nat hook prerouting priority -100; policy accept;\n"

# What the translation was and is, what else changes, and whether nothing is worse.
_CHANGES: dict[str, tuple[str, str, tuple[str, str], bool]] = {
    "as it was": (_ONE, _ONE, ("", ""), True),
    "counted more": (_ONE, _ONE.replace("60", "90"), ("", ""), True),
    "moved": (_ONE, _ONE, (_TYPE, f"\n{_TYPE}"), True),
    "another machine": (_ONE, _ONE.replace(".10", ".11"), ("", ""), False),
    "another port": (_ONE, _ONE + ":23", ("", ""), False),
    "less to another machine": (
        _ONE,
        _ONE.replace(".10", ".11"),
        ('"eth0" ip daddr 203', '"eth0" ip saddr 8.8.0.0/16 ip daddr 203'),
        False,
    ),
    "one of several, as it was": (_POOL, _POOL, ("", ""), True),
    "one of several, behind another": (_POOL, _POOL, (_TYPE, _TYPE + _OTHER), True),
    "one of several more": (_POOL, _POOL.replace(".12", ".13"), ("", ""), False),
    "one of several ports, as it was": (_PORTS, _PORTS, ("", ""), True),
    "one of other ports": (_PORTS, _PORTS.replace("-30", "-31"), ("", ""), False),
}


@pytest.mark.parametrize(
    ("before", "after", "change", "is_no_worse"), _CHANGES.values(), ids=_CHANGES
)
def test_the_same_packets_to_another_machine_are_told(
    before: str,
    after: str,
    change: tuple[str, str],
    is_no_worse: bool,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site = (folder / "site.yaml").read_text()
    (folder / "site.yaml").write_text(
        site.replace("web: 192.0.2.10", "web: [192.0.2.10, 192.0.2.11, 192.0.2.12, 192.0.2.13]")
    )
    (folder / "edge.nft").write_text(_EXPORT.format(before))
    assert accept() == 0
    (folder / "edge.nft").write_text(_EXPORT.format(after).replace(*change, 1))

    report = checked(capsys)

    assert len(report["findings"]) + len(report["accepted"]) > 0
    new = [each["message"] for each in report["findings"] if each["check"].startswith("FW2")]
    assert (new == []) is is_no_worse, new
