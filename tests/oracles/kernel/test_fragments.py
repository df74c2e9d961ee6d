"""Where fragments come to the rules of a machine: a long packet, and a counter of fragments."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.kernel

_LOAD = """\
*{table}
-A {chain} -f -j ACCEPT
COMMIT
{more}
"""
_SEND = """\
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    sender.sendto(b"x" * 4000, ("127.0.0.1", 9))
"""
_RUN = """\
set -e
ip link set lo up mtu 1500
iptables-restore --noflush
{python} -c "$1"
iptables-save -c -t {table}
"""
_TRACKING = "*filter\n-A FORWARD -m state --state NEW -j ACCEPT\nCOMMIT"
_TRANSLATING = "*nat\n-A POSTROUTING -o none -j MASQUERADE\nCOMMIT"
_ACCEPTING = "*nat\n-A POSTROUTING -j ACCEPT\nCOMMIT"
_UNTRACKED = "*raw\n-A OUTPUT -p icmp -j CT --notrack\nCOMMIT"


@pytest.mark.parametrize(
    ("table", "chain", "more", "count"),
    [
        ("mangle", "PREROUTING", "", 2),
        ("mangle", "PREROUTING", _ACCEPTING, 2),
        ("mangle", "PREROUTING", _UNTRACKED, 2),
        ("mangle", "PREROUTING", _TRACKING, 0),
        ("mangle", "PREROUTING", _TRANSLATING, 0),
        ("filter", "INPUT", "", 0),
    ],
)
def test_tracking_alone_keeps_fragments_from_rules(
    table: str, chain: str, more: str, count: int
) -> None:
    script = _RUN.format(python=sys.executable, table=table)
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", script, "sh", _SEND],
        input=_LOAD.format(table=table, chain=chain, more=more),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    (line,) = (each for each in done.stdout.splitlines() if each.endswith("-f -j ACCEPT"))
    assert line.startswith(f"[{count}:")
