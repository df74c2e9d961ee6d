"""Many small exports of four formats, and what checking all of them costs.

`python -m tests.bench.fleet FOLDER --exports 10000` writes them; the same seed writes the same.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from math import log
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.bench.aws import account
from tests.bench.exports import FIRST, HEAD, TAIL
from tests.bench.measure import elapsed
from tests.bench.pf import head

_MEDIAN = 200
"""Rules of an export, if nobody says otherwise."""
_LEAST, _MOST = 5, 3_000
IN_A_FOLDER = 500
BROKEN = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j\n"
_PORTS = (22, 25, 53, 80, 123, 443, 636, 1433, 3306, 3389, 5432, 6443, 8080, 8443, 9090, 9100)


class Rule(NamedTuple):
    """One rule of a router: a few networks talk to a few servers, as they do."""

    chain: str
    source: str
    target: str
    protocol: str
    port: int
    is_accept: bool


def write(
    folder: Path, exports: int, seed: int = 1, broken: int = 0, median: int = _MEDIAN
) -> None:
    """Writes so many exports: iptables, nftables, pfSense and AWS, of 200 rules in the median.

    `broken`: how many of a thousand are cut off.
    """
    random = Random(seed)
    for number in range(exports):
        count = min(_MOST, max(_LEAST, int(random.lognormvariate(log(median), 0.7))))
        kind, its = random.random(), Random(random.randrange(1 << 30))
        place = folder / f"region-{number // IN_A_FOLDER:03}"
        place.mkdir(parents=True, exist_ok=True)
        name = f"host-{number:05}"
        if random.randrange(1000) < broken:
            (place / f"{name}.rules").write_text(BROKEN)
        elif kind < 0.4:
            (place / f"{name}.rules").write_text(_iptables(_rules(its, count)))
        elif kind < 0.7:
            (place / f"{name}.nft").write_text(_nft(_rules(its, count)))
        elif kind < 0.9:
            (place / f"{name}.xml").write_text(_pf(_rules(its, count)))
        else:
            _write_account(place / name, count, its.randrange(1 << 30))


def _rules(random: Random, count: int) -> list[Rule]:
    networks = [f"10.{random.randrange(256)}.{random.randrange(256)}.0/24" for _ in range(8)]
    hosts = [f"10.{random.randrange(256)}.{random.randrange(256)}.9" for _ in range(8)]
    servers = [f"172.20.{random.randrange(256)}.{number}" for number in range(1, 13)]
    ports = random.sample(_PORTS, 8)
    return [
        Rule(
            "INPUT" if random.random() < 0.2 else "FORWARD",
            random.choice(networks if random.random() < 0.7 else hosts),
            random.choice(servers),
            random.choice(("tcp", "tcp", "tcp", "udp")),
            random.choice(ports),
            random.random() < 0.85,
        )
        for _ in range(count)
    ]


def _iptables(rules: Sequence[Rule]) -> str:
    lines = (
        f"-A {each.chain} -s {each.source} -d {each.target}"
        f" -p {each.protocol} -m {each.protocol} --dport {each.port}"
        f" -j {'ACCEPT' if each.is_accept else 'DROP'}"
        for each in rules
    )
    return "\n".join((*HEAD, *FIRST, *lines, *TAIL))


def _nft(rules: Sequence[Rule]) -> str:
    def chain(name: str) -> str:
        lines = "".join(
            f"\t\tip saddr {each.source} ip daddr {each.target} {each.protocol} dport {each.port}"
            f" {'accept' if each.is_accept else 'drop'}\n"
            for each in rules
            if each.chain == name
        )
        hook = name.lower()
        return (
            f"\tchain {hook} {{\n\t\ttype filter hook {hook} priority filter; policy drop;\n"
            f"\t\tct state established,related accept\n{lines}\t}}\n"
        )

    return f"table inet filter {{\n{chain('INPUT')}{chain('FORWARD')}}}\n"


def _pf(rules: Sequence[Rule]) -> str:
    rows = "".join(
        f"\t\t<rule>\n\t\t\t<type>{'pass' if each.is_accept else 'block'}</type>\n"
        f"\t\t\t<interface>{'lan' if each.chain == 'INPUT' else 'opt2'}</interface>\n"
        f"\t\t\t<ipprotocol>inet</ipprotocol>\n\t\t\t<protocol>{each.protocol}</protocol>\n"
        f"\t\t\t<source>\n\t\t\t\t<address>{each.source}</address>\n\t\t\t</source>\n"
        f"\t\t\t<destination>\n\t\t\t\t<address>{each.target}</address>\n"
        f"\t\t\t\t<port>{each.port}</port>\n\t\t\t</destination>\n"
        f"\t\t\t<descr><![CDATA[rule {number}]]></descr>\n\t\t</rule>\n"
        for number, each in enumerate(rules)
    )
    return f"{head()}\n\t<filter>\n{rows}\t</filter>\n</pfsense>\n"


def _write_account(folder: Path, rules: int, seed: int) -> None:
    folder.mkdir()
    for name, document in account(max(2, rules // 10), seed).items():
        (folder / f"{name}.json").write_text(json.dumps(document, indent=4))


def fleet(_folder: Path, most: int, _runs: int) -> Iterator[tuple[str, str]]:
    """What checking many exports costs, by one process and by one for each core."""
    exports = max(20, min(1_000, most // 50))
    with tempfile.TemporaryDirectory(dir=_folder) as folder:
        write(Path(folder, "exports"), exports)
        check = [
            sys.executable,
            "-m",
            "fwlint",
            "check",
            "--each",
            "exports",
            "-o",
            "json:all.json",
        ]
        alone = elapsed([*check, "--jobs", "1"], Path(folder))
        cores = len(os.sched_getaffinity(0))
        several = elapsed([*check, "--jobs", str(cores)], Path(folder))
        yield f"check of {exports:,} exports, one process", _rate(exports, alone)
        yield (
            f"the same, {cores} processes",
            f"{_rate(exports, several)}, {100 * alone / several / cores:.0f} % efficient",
        )
        cached = [*check, "--cache", "cache"]
        elapsed(cached, Path(folder))
        again = elapsed(cached, Path(folder))
        yield "the same, unchanged, with --cache", _rate(exports, again)


def _rate(exports: int, seconds: float) -> str:
    return f"{seconds:.1f} s, {exports / seconds:.0f} a second"


def main(arguments: list[str]) -> int:
    """Writes exports for other programs to read."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fleet", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--exports", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--broken", type=int, default=0, help="of a thousand")
    parser.add_argument("--median", type=int, default=_MEDIAN, help="rules of an export")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    write(asked.folder, asked.exports, asked.seed, asked.broken, asked.median)
    print(f"{asked.exports:,} exports in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
