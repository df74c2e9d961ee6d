"""FW207: where the packets arrive that a rule lets through to machines beside a role."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import KEEP, Asking, policy, rules, site

found = Asking("FW207")

_WIDE = "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.0/24 -p tcp -m tcp --dport 443 -j ACCEPT"
_SENT = "-A PREROUTING -d 192.0.2.30/32 -p tcp -m tcp --dport {} -j DNAT --to-destination {}"


def _about(folder: Path, nat: str) -> tuple[str, ...]:
    export = {"edge.rules": rules(KEEP, _WIDE, nat=nat)}
    (only,) = found(folder, policy(), site(), export)
    return only.about


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (_SENT.format(443, "192.0.2.40"), _SENT.format(443, "192.0.2.40"), True),
        (_SENT.format(443, "192.0.2.40"), _SENT.format(443, "192.0.2.41"), False),
        (_SENT.format(443, "192.0.2.40"), "", False),
        (_SENT.format(444, "192.0.2.40"), _SENT.format(444, "192.0.2.41"), True),
        ("", "", True),
    ],
    ids=[
        "to the same machine",
        "to another one",
        "to none",
        "another port",
        "no translation",
    ],
)
def test_it_tells_where_the_packets_beside_a_role_arrive(
    one: str, other: str, *, is_same: bool, tmp_path: Path
) -> None:
    assert (_about(tmp_path, one) == _about(tmp_path, other)) is is_same
