"""What a role may send to the internet is not permitted to a machine of its own, by no address."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import EDGE, KEEP, KEEP_IN, Asking, policy, rules, site

found = Asking("FW201", "FW202", "FW205", "FW206")

_HOST = "web: {config: web.rules, host: {role: shop.web, address: 192.0.2.10}, ipv6: no}"
_BIND = "{{web: {}, users: office}}"
_BOTH = "[192.0.2.10, 192.0.2.11]"
_PUBLIC = f"{{address: {_BOTH}, public: [203.0.113.9, 203.0.113.8]}}"
_NAT = "-A PREROUTING -d 203.0.113.9/32 -j DNAT --to-destination 192.0.2.10"
_OUT = "id: mail, from: web, to: internet, service: 587/tcp"
_OPEN = "-A INPUT -s 192.0.2.11/32 -p tcp -m tcp --dport {} -j ACCEPT"


@pytest.mark.parametrize(
    ("flows", "port", "nat", "expected"),
    [
        ((_OUT,), 587, _NAT, ["587"]),
        ((_OUT,), 587, "", ["587"]),
        ((_OUT,), 588, _NAT, ["588"]),
        ((_OUT, "id: in, from: web, to: web, service: 587/tcp"), 587, _NAT, []),
    ],
    ids=["by the public address", "without one", "another port", "no-op: permitted"],
)
def test_what_may_go_to_the_internet_may_not_come_to_a_machine_of_the_role(
    flows: tuple[str, ...], port: int, nat: str, expected: list[str], tmp_path: Path
) -> None:
    exports = {
        "edge.rules": rules(KEEP, nat=nat),
        "web.rules": rules(KEEP_IN, _OPEN.format(port)),
    }
    place = site(EDGE, _HOST, bind=_BIND.format(_PUBLIC if nat else _BOTH))

    actual = found(tmp_path, policy(*flows), place, exports)

    opened = [each for each in actual if each.device == "web"]
    direct = [each.extent.split(" ")[1] for each in opened if " to 192.0.2.10" in each.extent]
    assert direct == expected
