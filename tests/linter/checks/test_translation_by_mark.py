"""A translation that depends on a mark is followed to the devices behind it."""

from pathlib import Path

from tests.linter.checks.samples import (
    EDGE,
    EXPOSURE,
    HOST,
    KEEP,
    KEEP_IN,
    REQUIRED,
    Asking,
    lines,
    policy,
    rules,
    site,
)

found = Asking(*REQUIRED, *EXPOSURE)

_MANGLE = """\
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i wan0 -p tcp -m tcp --dport 443 -j MARK --set-xmark 0x1/0xffffffff
COMMIT
"""
_NAT = "-A PREROUTING -m mark --mark 0x1 -j DNAT --to-destination 192.0.2.10"


def test_a_machine_behind_a_translation_by_mark_sees_its_own_address(tmp_path: Path) -> None:
    text = policy("id: https, from: internet, service: 443/tcp")
    bind = "{web: {address: 192.0.2.10, public: 203.0.113.5}}"
    to_web = "-d 192.0.2.10/32 -p tcp -m tcp --dport 443 -j ACCEPT"
    edge = _MANGLE + rules(KEEP, f"-A FORWARD -i wan0 {to_web}", nat=_NAT)
    web = rules(KEEP_IN, f"-A INPUT {to_web}")

    actual = found(
        tmp_path, text, site(EDGE, HOST, bind=bind), {"edge.rules": edge, "web.rules": web}
    )

    assert lines(actual) == []
