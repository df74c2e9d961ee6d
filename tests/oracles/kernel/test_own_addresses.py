"""Own addresses and ways out as fwlint reads them, held against the kernel's own lookups."""

import json
import subprocess
from pathlib import Path

import pytest

from flowmodel.fields import Family
from flowmodel.values import contains
from parsers import read_exports
from policies.addresses import parse_addresses
from tests.parsers.iproute.samples import RULES

pytestmark = pytest.mark.kernel

_MADE = """
set -e
ip link set lo up
for n in eth0 eth1 docker0; do ip link add $n type veth peer name p-$n; ip link set p-$n up; done
ip addr add 192.0.2.10/24 brd + dev eth0
ip addr add 198.51.100.5/32 dev eth0
ip addr add 10.9.0.1 peer 10.9.0.2 dev eth1
ip addr add 172.17.0.1/16 dev docker0
ip addr add 203.0.113.1/28 dev lo
ip addr add 2001:db8::10/64 dev eth0 nodad
ip addr add 2001:db8:1::1/127 dev eth1 nodad
for n in eth0 eth1 docker0; do ip link set $n up; done
ip route add default via 192.0.2.1
ip route add 10.7.0.0/16 via 10.9.0.2
ip route add 10.7.9.0/24 dev docker0
ip route add 10.8.0.0/16 dev eth1 metric 9
ip route add 10.8.0.0/16 dev docker0 metric 5
ip route add blackhole 10.66.0.0/16
ip -6 route add default via 2001:db8::1 dev eth0
ip -6 route add 2001:db8:7::/48 dev eth1
ip -j addr > addr.json
ip -j route > route.json
ip -6 -j route > route6.json
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
"""
_ASKED = (
    *("192.0.2.10", "192.0.2.11", "192.0.2.0", "192.0.2.255", "198.51.100.5", "198.51.100.6"),
    *("10.9.0.1", "10.9.0.2", "10.7.1.1", "10.7.9.1", "10.8.0.1", "10.66.0.1", "172.17.0.1"),
    *("172.17.3.4", "172.17.255.255", "203.0.113.1", "203.0.113.9", "203.0.113.99", "127.3.3.3"),
    *("8.8.8.8", "2001:db8::10", "2001:db8::11", "2001:db8:7::1", "2001:db8:8::1", "::1"),
    *("2001:db8::", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8:1::"),
)


def test_the_kernel_and_fwlint_agree_whose_an_address_is_and_where_packets_leave(
    tmp_path: Path,
) -> None:
    ask = "".join(f"ip -j route get {each} 2>/dev/null || echo '[]'\n" for each in _ASKED)
    done = subprocess.run(
        ["unshare", "-rn", "sh", "-c", f"{_MADE}\nset +e\n{ask}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    (tmp_path / "web.v4").write_text(RULES)
    (found,) = read_exports([str(tmp_path)])
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]

    assert len(answers) == len(_ASKED)
    own, out = [], []
    for text, answer in zip(_ASKED, answers, strict=True):
        wanted = parse_addresses(text)
        family: Family = 4 if wanted.v4 else 6
        ((value, _),) = wanted.of(family)
        told = answer[0] if answer else {}
        is_local = told.get("type") == "local"
        is_unicast = bool(told) and "type" not in told
        assert contains(found.local.of(family), value) == is_local, text
        # What is no unicast address to the kernel is neither own nor foreign. Before 5.14 the first
        # address of a network was none.
        is_foreign = contains(found.foreign.of(family), value)
        assert is_foreign == (is_unicast and text != "192.0.2.0"), text
        leads = [link.names[0] for link in found.links if contains(link.leaving.of(family), value)]
        if is_unicast:
            assert leads == [told["dev"]], text
        own.append(is_local)
        out.append(told.get("dev"))
    assert any(own)
    assert {"eth0", "eth1", "docker0"} <= set(out)
