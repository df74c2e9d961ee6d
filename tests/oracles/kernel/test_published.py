"""Ports that a machine publishes as Docker does, asked with real connections and with trace."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from linter.cli import main

pytestmark = pytest.mark.kernel

_RULES = """\
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 443 -j DNAT --to-destination 172.17.0.2:8443
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 444 -j DNAT --to-destination 172.17.0.2:8444
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 445 -j DNAT --to-destination 192.0.2.10:8445
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -d 192.0.2.10/32 -p tcp -m tcp --dport 8445 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 8443 -j ACCEPT
-A FORWARD -m addrtype --dst-type LOCAL -j DROP
-A FORWARD -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 8443 -j ACCEPT
-A FORWARD -d 172.17.0.2/32 -o eth0 -p tcp -m tcp --dport 8444 -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
"""
_ASKED = (
    ("192.0.2.10", 443),
    ("198.51.100.5", 443),
    ("172.17.0.1", 443),
    ("172.17.0.2", 443),
    ("172.17.0.2", 8443),
    ("192.0.2.10", 444),
    ("192.0.2.10", 445),
    ("198.51.100.5", 445),
    ("192.0.2.10", 8445),
    ("198.51.100.5", 8445),
    ("192.0.2.10", 22),
    ("198.51.100.5", 22),
    ("192.0.2.10", 8443),
)
_SERVE = """
import selectors, socket, sys
chosen = selectors.DefaultSelector()
for port in map(int, sys.argv[1:]):
    chosen.register(socket.create_server(("", port)), selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in chosen.select():
        key.fileobj.accept()[0].close()
"""
_CONNECT = """
import json, socket, sys
answers = []
for address, port in json.loads(sys.argv[1]):
    try:
        socket.create_connection((address, port), 0.4).close()
        answers.append(True)
    except OSError:
        answers.append(False)
print(json.dumps(answers))
"""
_SITE = """
set -e
mount -t tmpfs none /run
for n in user container; do ip netns add $n; done
ip link set lo up
ip link add eth0 type veth peer name eth0 netns user
ip link add docker0 type veth peer name eth0 netns container
ip addr add 192.0.2.10/24 dev eth0
ip addr add 198.51.100.5/32 dev eth0
ip addr add 172.17.0.1/16 dev docker0
ip link set eth0 up
ip link set docker0 up
ip -n user addr add 192.0.2.7/24 dev eth0
ip -n user link set eth0 up
ip -n user route add default via 192.0.2.10
ip -n container addr add 172.17.0.2/16 dev eth0
ip -n container link set eth0 up
ip -n container route add default via 172.17.0.1
sysctl -qw net.ipv4.ip_forward=1
iptables-{variant}-restore < web.v4
ip -j addr > addr.json
ip -j route > route.json
"$PYTHON" serve.py 22 443 444 445 8443 8445 > here & here=$!
ip netns exec container "$PYTHON" serve.py 443 444 8443 8444 > there & there=$!
trap 'kill $here $there' EXIT
while ! [ -s here ] || ! [ -s there ]; do sleep 0.05; done
ip netns exec user "$PYTHON" connect.py "$ASKED"
"""


@pytest.mark.parametrize("variant", ["legacy", "nft"])
def test_what_connects_is_what_trace_accepts(
    variant: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, text in (("web.v4", _RULES), ("serve.py", _SERVE), ("connect.py", _CONNECT)):
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["unshare", "-rnm", "sh", "-c", _SITE.replace("{variant}", variant)],
        cwd=tmp_path,
        env={
            "PYTHON": sys.executable,
            "ASKED": json.dumps(_ASKED),
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    connected = json.loads(done.stdout)
    monkeypatch.chdir(tmp_path)
    lines = [
        json.dumps({"src": "192.0.2.7", "dst": dst, "dport": port, "in": "eth0"})
        for dst, port in _ASKED
    ]
    Path("packets").write_text("\n".join(lines))
    files = ["web.v4", "addr.json", "route.json"]

    assert main(["trace", *files, "--packets", "packets", "--format", "json"]) == 0

    answers = [json.loads(line)["verdict"] for line in capsys.readouterr().out.splitlines()]
    assert dict(zip(_ASKED, answers, strict=True)) == {
        asked: "accept" if works else "drop" for asked, works in zip(_ASKED, connected, strict=True)
    }
    assert connected.count(True) == 10
