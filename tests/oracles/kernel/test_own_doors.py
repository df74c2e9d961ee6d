"""Doors that are easy to miss, asked with real connections and with `fwlint open`."""

import subprocess
import sys
from pathlib import Path

import pytest

from linter.cli import main

pytestmark = pytest.mark.kernel

_FILTER = """\
table ip filter {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established accept
    %s
  }
}
"""
_TWICE = """\
table ip first {
  chain c {
    type nat hook prerouting priority -100;
    tcp dport 80 redirect to :8080
  }
}
table ip second {
  chain c {
    type nat hook prerouting priority -90;
    tcp dport 8080 drop
  }
}
"""
_SERVE = """\
import socket, sys, threading
def serve(port):
    with socket.create_server(("", port)) as listener:
        while True:
            listener.accept()[0].close()
for port in (80, 8080):
    threading.Thread(target=serve, args=(port,), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""
_CONNECT = """\
import socket
try:
    socket.create_connection(("192.0.2.10", 80), 0.4).close()
    print("open")
except OSError:
    print("shut")
"""
_SITE = """\
set -e
mount -t tmpfs none /run
mkdir /run/netns
ip netns add user
ip link add eth0 type veth peer name eth0 netns user
ip addr add 192.0.2.10/24 dev eth0
ip link set eth0 up
ip -n user addr add 192.0.2.7/24 dev eth0
ip -n user link set eth0 up
ip netns exec user sysctl -qw net.ipv4.tcp_ecn={ecn}
nft -f host.nft
mkfifo wait
"$PYTHON" serve.py < wait > here & exec 3> wait
while ! [ -s here ]; do sleep 0.05; done
ip netns exec user "$PYTHON" connect.py
"""


@pytest.mark.parametrize(
    ("ruleset", "ecn", "is_open"),
    [
        (_FILTER % "tcp dport 80 tcp flags != syn accept", 1, True),
        (_FILTER % "tcp dport 80 tcp flags & (fin|syn|rst|ack) != syn accept", 1, False),
        (_TWICE + _FILTER % "tcp dport 8080 accept", 0, True),
        (
            _TWICE.replace("80 redirect", "81 redirect") + _FILTER % "tcp dport 8080 accept",
            0,
            False,
        ),
    ],
    ids=["a client with ECN", "and no SYN", "the first nat chain decides", "which translates"],
)
def test_what_connects_is_told(
    ruleset: str,
    ecn: int,
    is_open: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, text in (("host.nft", ruleset), ("serve.py", _SERVE), ("connect.py", _CONNECT)):
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["unshare", "-rnm", "sh", "-c", _SITE.replace("{ecn}", str(ecn))],
        cwd=tmp_path,
        env={"PYTHON": sys.executable, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr

    assert main(["open", str(tmp_path / "host.nft"), "--ipv6", "no"]) == 0

    told = capsys.readouterr().out.split("Through it")[0]
    assert (done.stdout.split() == ["open"]) is is_open
    assert ("tcp 80 " in told) is is_open
