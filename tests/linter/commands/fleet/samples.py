"""A folder with sites and exports of many devices: some good, some open, some broken."""

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from linter.commands.fleet.arguments import MERGED

Run = Callable[..., tuple[int, str, str]]
"""Runs `check`; returns its status and what it wrote."""
CLOSED = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
OPEN = CLOSED.replace("INPUT DROP", "INPUT ACCEPT")
NFT = "table inet filter { chain input { type filter hook input priority 0; policy drop; } }\n"
BROKEN = "*filter\n:INPUT ACCEPT [0:0]\nCOMIT\n"
SITE = """\
fwlint: site/1
name: {name}
networks: {{dmz: 192.0.2.0/28}}
devices:
  edge: {{config: {export}, interfaces: {{eth0: internet, eth1: dmz}}}}
use:
  shop:
    bind: {{web: 192.0.2.2}}
policies: [../shop.yaml]
"""
POLICY = """\
fwlint: policy/1
name: shop
title: Shop
roles: {web: Web server}
sections:
  - title: Web
    flows:
      - {id: pages, from: internet, to: web, service: 443/tcp}
"""


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Writes files, with the folders that they need."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def outputs(name: str) -> list[str]:
    """Arguments that have all formats written that can be merged: `one.json`."""
    return [word for each in MERGED for word in ("-o", f"{each}:{name}.{each}")]


def merged_is_one_run(run: Run, of: int, *check: str, merge: tuple[str, ...] = ()) -> int:
    """Assert that all shares, merged, are what one run writes, in any order of the parts.

    Returns the status of both; `one.json` and others are left in the current folder.
    """
    status, _, err = run("check", *check, *outputs("one"))
    for number in range(1, of + 1):
        run("check", *check, "--shard", f"{number}/{of}", *outputs(f"p{number}"))
    parts = [f"p{number}.{each}" for number in range(1, of + 1) for each in MERGED]
    Random(of).shuffle(parts)
    found = run("merge", *merge, *parts, *outputs("all"))

    assert found[:2] == (status, "")
    assert found[2].splitlines()[-1] == err.splitlines()[-1]
    for each in MERGED:
        assert Path(f"all.{each}").read_bytes() == Path(f"one.{each}").read_bytes()
    return status


def entries() -> list[Path]:
    """What the cache keeps."""
    return sorted(Path("kept").iterdir())


def site(name: str, export: str = "edge.rules") -> str:
    """A site file in a folder below the policy."""
    return SITE.format(name=name, export=export)


def fleet() -> dict[str, str]:
    """Two sites and four devices by themselves."""
    return {
        ".git/HEAD": "",
        "sites/shop.yaml": POLICY,
        "sites/north/site.yaml": site("north"),
        "sites/north/edge.rules": CLOSED,
        "sites/south/site.yaml": site("south"),
        "sites/south/edge.rules": OPEN,
        "hosts/a.rules": OPEN,
        "hosts/b.nft": NFT,
        "hosts/more/c.rules": CLOSED,
        "hosts/README.md": "# Hosts\n",
    }


PARTS = {**fleet(), "hosts/broken.rules": BROKEN}
"""What parts of runs are made of."""
OTHER_PARTS: dict[str, tuple[str, ...]] = {
    "day": ("--date", "2026-03-03"),
    "ignore": ("--ignore", "FW4"),
    "never": ("--fail-on", "never"),
    "trace": ("--trace",),
    "category": ("--sarif-category", "b"),
    "baseline": ("--baseline", "b.json"),
    "baseline2": ("--baseline", "b2.json"),
}
"""Parts of other runs, by their names, with the options of those."""
