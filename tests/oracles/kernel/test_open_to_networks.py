"""Datagrams to addresses that no machine has, sent over a wire, and what `fwlint open` says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from linter.cli import main

pytestmark = pytest.mark.kernel

_RULES = """\
table inet filter {{
  chain input {{
    type filter hook input priority 0; policy drop;
    meta l4proto ipv6-icmp accept
    {rule} udp dport 137 accept
  }}
}}
"""
_SITE = """
set -e
mount -t tmpfs none /run
ip netns add user
ip link set lo up
ip link add eth0 type veth peer name eth0 netns user
ip addr add 192.0.2.10/24 brd + dev eth0
ip addr add 2001:db8::10/64 dev eth0 nodad
ip link set eth0 up
ip -n user addr add 192.0.2.7/24 brd + dev eth0
ip -n user addr add 2001:db8::7/64 dev eth0 nodad
ip -n user link set eth0 up
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
nft -f rules.nft
ip -j addr > addr.json
ip -j route > route.json
ip -6 -j route > route6.json
"$PYTHON" -c "$LISTEN" > heard & heard=$!
trap 'kill $heard' EXIT
while ! [ -s heard ]; do sleep 0.05; done
ip netns exec user "$PYTHON" -c "$SEND" "$TO"
while [ "$(wc -l < heard)" -lt 2 ] && [ "$TRIES" -gt 0 ]; do
  sleep 0.05
  TRIES=$((TRIES - 1))
done
tail -n +2 heard
"""
_LISTEN = """
import socket
listener = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
listener.bind(("", 137))
print("ready", flush=True)
while listener.recv(9):
    print("heard", flush=True)
"""
_SEND = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
sender = socket.socket(family, socket.SOCK_DGRAM)
sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
sender.sendto(b"x", (sys.argv[1], 137))
"""


@pytest.mark.parametrize(
    ("rule", "to", "is_heard"),
    [
        ("ip daddr 192.0.2.255", "192.0.2.255", True),
        ("fib daddr type broadcast", "192.0.2.255", True),
        ("ip daddr 192.0.2.255 fib daddr type local", "192.0.2.255", False),
        ("ip daddr 192.0.2.254", "192.0.2.254", False),
        ("ip6 daddr 2001:db8::", "2001:db8::", True),
        ("fib daddr type anycast", "2001:db8::", True),
        ("ip6 daddr 2001:db8:: fib daddr type local", "2001:db8::", False),
        ("ip6 daddr 2001:db8::2", "2001:db8::2", False),
    ],
)
def test_what_is_heard_at_the_address_of_a_network_is_open(
    rule: str, to: str, is_heard: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rules.nft").write_text(_RULES.format(rule=rule))
    done = subprocess.run(
        ["unshare", "-rnm", "sh", "-c", _SITE],
        cwd=tmp_path,
        env={
            "PYTHON": sys.executable,
            "LISTEN": _LISTEN,
            "SEND": _SEND,
            "TO": to,
            # Who has an anycast address waits up to a second before it says so (RFC 4861, 7.2.7).
            "TRIES": "200" if is_heard else "30",
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    names = ("rules.nft", "addr.json", "route.json", "route6.json")
    assert main(["open", *(str(tmp_path / name) for name in names), "--format", "json"]) == 0
    sections = json.loads(capsys.readouterr().out)["open"]
    services = {
        row["service"] for each in sections if each["hook"] == "input" for row in each["rows"]
    }

    assert done.stdout == ("heard\n" if is_heard else ""), done.stderr
    assert any("udp 137" in each for each in services) == is_heard
