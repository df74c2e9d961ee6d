"""Whether the first packet of a TCP connection gets through, of which no answer comes back.

A server hears of a connection when its handshake is done. The kernel lists those that wait for the
end of theirs: state 03 in /proc/net/tcp (TCP_SYN_RECV, include/net/tcp_states.h).
"""

import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.oracles.namespaces import run
from tests.oracles.site.namespaces import Site
from tests.oracles.site.plan import Query

_SECONDS: Final = 0.3
_SYN_RECV: Final = "03"
_SILENCE: Final = """
table inet silence {{
    chain input {{
        type filter hook input priority -400; policy accept;
        tcp dport {} drop
    }}
}}
"""
"""Who is answered by somebody else than the one it asked would end that at once (RST)."""


def first_packet_arrives(site: Site, query: Query) -> bool:
    """Whether some machine has got the first packet of a connection, and waits for more."""
    node = site.at.get(query.source)
    if node is None or query.service.proto != "tcp":
        return False
    family = socket.AF_INET if query.source.version == 4 else socket.AF_INET6
    with site.inside(node):
        client = socket.socket(family, socket.SOCK_STREAM)
    with client:
        client.setblocking(False)
        client.bind((str(query.source), query.source_port))
        port = client.getsockname()[1]
        with site.inside(node):
            run("nft", "-f", "-", text=_SILENCE.format(port))
        with suppress(OSError):
            client.connect_ex((str(query.target), query.service.port))
        time.sleep(_SECONDS)
        is_awaited = _is_awaited(site, port)
        with site.inside(node):
            run("nft", "delete table inet silence")
    return is_awaited


def _is_awaited(site: Site, port: int) -> bool:
    for node in site.nodes.values():
        with site.inside(node):
            for name in ("tcp", "tcp6"):
                for line in Path(f"/proc/thread-self/net/{name}").read_text().splitlines()[1:]:
                    _, _, remote, state, *_ = line.split()
                    if state == _SYN_RECV and int(remote.rpartition(":")[2], 16) == port:
                        return True
    return False
