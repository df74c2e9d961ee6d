"""What ip prints, in short."""

import json
from pathlib import Path
from typing import Any

from flowmodel.ruleset import RuleSet
from parsers import read_exports

RULES = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
UP = ("BROADCAST", "MULTICAST", "UP", "LOWER_UP")


def address(text: str, **more: Any) -> dict[str, Any]:
    """An address as `ip -j addr` prints it: `192.0.2.2/24`."""
    local, _, length = text.partition("/")
    family = "inet6" if ":" in local else "inet"
    return {"family": family, "local": local, "prefixlen": int(length), **more}


def interface(
    name: str, *texts: str | dict[str, Any], flags: tuple[str, ...] = UP
) -> dict[str, Any]:
    """An interface with its addresses."""
    info = [address(each) if isinstance(each, str) else each for each in texts]
    return {"ifindex": 7, "ifname": name, "flags": list(flags), "mtu": 1500, "addr_info": info}


LO = interface("lo", "127.0.0.1/8", "::1/128", flags=("LOOPBACK", "UP", "LOWER_UP"))


def route(to: str, dev: str, **more: Any) -> dict[str, Any]:
    """A route as `ip -j route` prints it."""
    return {"dst": to, "dev": dev, "flags": [], **more}


def read(folder: Path, *documents: Any) -> RuleSet:
    """The rule set of a machine that drops everything, and these files beside it."""
    (folder / "web.v4").write_text(RULES)
    paths = [str(folder / "web.v4")]
    for number, document in enumerate(documents):
        path = folder / f"{number}.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        paths.append(str(path))
    (found,) = read_exports(paths)
    return found
