"""Large rule sets of nft, and what reading and checking them costs beside nft itself."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.bench.measure import Cost, checking, cost, python, with_peak
from tests.bench.site import site

_CHECK = checking("-q")
_READ = "import parsers; rulesets = parsers.read_exports(sys.argv[1:])"
_LOAD = "import json; json.load(open(sys.argv[1]))"
_INPUT = """\
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		iifname "lo" accept
		ip saddr @s0 drop
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		ip saddr @s1 drop
		ip daddr @s2 drop
"""
_OPEN = """\
		ip daddr 192.0.2.0/28 tcp dport { 22, 443 } accept
		ip saddr 10.20.0.0/24 tcp dport { 25, 443 } accept
"""


def ruleset(rules: int, elements: int, services: str = "") -> str:
    """A table as `nft list ruleset` prints it: three sets of addresses, and one long chain.

    The chain drops two of the sets, then comes what is open to the internet, if anything is.
    """
    random = Random(1)
    lines = ["table inet filter {"]
    for number in range(3):
        found = {_outside(random) for _ in range(elements // 3)}
        body = ",\n\t\t\t     ".join(sorted(found))
        lines.append(f"\tset s{number} {{\n\t\ttype ipv4_addr\n\t\telements = {{ {body} }}\n\t}}\n")
    rest = "".join(f"\t\t{_rule(random)}\n" for _ in range(rules))
    return "\n".join([*lines, f"{_INPUT}{services}{rest}\t}}", "}", ""])


def _rule(random: Random) -> str:
    target = f"ip daddr {_inside(random)}"
    if random.random() < 0.4:
        target = f"ip daddr 172.{random.randint(16, 31)}.{random.randint(0, 255)}.0/24"
    ends = f"ip saddr {_inside(random)} {target} {random.choice(('tcp', 'tcp', 'udp'))}"
    kind = random.random()
    if kind < 0.6:
        verdict = "accept" if random.random() < 0.8 else "drop"
        return f"{ends} dport {random.randint(1, 65535)} {verdict}"
    if kind < 0.8:
        ports = f"{{ {random.randint(1, 1000)}, {random.randint(1001, 65535)} }}"
        return f"{ends} dport {ports} counter packets {random.randint(0, 9)} bytes 0 accept"
    ports = f"{random.randint(1, 30000)}-{random.randint(30001, 65535)}"
    return f'iifname "core0" {ends} dport {ports} ct state new accept'


def _inside(random: Random) -> str:
    return f"10.{random.randint(0, 255)}.{random.randint(0, 255)}.{random.randint(0, 255)}"


def _outside(random: Random) -> str:
    return f"{random.randint(11, 171)}.{_inside(random).partition('.')[2]}"


def nftables(folder: Path, most: int, runs: int = 1) -> Iterator[tuple[str, str]]:
    """Half of the rules with four elements for each, a tenth of them, and the sets alone."""
    if shutil.which("nft") is None or shutil.which("unshare") is None:
        yield "nft", "is not here"
        return
    rules, runs = max(100, most // 2), min(2, runs)
    elements = rules * 4
    small = _measured(folder, runs, rules // 10, elements // 10)
    large = _measured(folder, runs, rules, elements)
    sets = _measured(folder, runs, 10, elements)
    is_open = _measured(folder, runs, 10, elements, _OPEN)
    for name, (ours, theirs) in (
        (f"{rules:,} rules of nft with {elements:,} set elements", large),
        (f"10 rules of nft with {elements:,} set elements", sets),
        ("the same with services open to the internet", is_open),
    ):
        ratio = ours.seconds / max(0.001, theirs.seconds)
        yield f"check of {name}", f"{ours}, {ratio:.2f} x nft -c -f"
    growth = large[0].seconds / max(0.001, small[0].seconds)
    yield f"the {rules:,} rules / a tenth of them", f"{growth:.1f} (linear: 10)"
    yield from _json(folder, runs, rules)


def _measured(
    folder: Path, runs: int, rules: int, elements: int, services: str = ""
) -> tuple[Cost, Cost]:
    """What a check of fwlint costs, and what `nft -c -f` does."""
    text = ruleset(rules, elements, services)
    (folder / "rules.nft").write_text(text, encoding="utf-8")
    (folder / "nft.yaml").write_text(site("rules.nft"), encoding="utf-8")
    ours = cost(with_peak(_CHECK, "nft.yaml"), folder, runs)
    return ours, cost(_alone("nft -c -f rules.nft"), folder, runs=1)


def _alone(script: str) -> list[str]:
    """The command in a network namespace of its own; raises where it fails, not only from 2 up."""
    # Without root, the kernel takes no message as large as these rule sets.
    flags = ["-n"] if os.geteuid() == 0 else ["-r", "-n"]
    return ["unshare", *flags, "sh", "-c", f"{{ {script}; }} || exit 2"]


def _json(folder: Path, runs: int, rules: int) -> Iterator[tuple[str, str]]:
    """What reading the JSON costs that nft prints of them, beside `json.load`."""
    (folder / "rules.nft").write_text(ruleset(rules, rules * 4), encoding="utf-8")
    cost(_alone("nft -f rules.nft && nft -j list ruleset > rules.json"), folder, runs=1)
    ours = cost(with_peak(_READ, "rules.json"), folder, runs)
    theirs = cost(python("-c", f"import sys; {_LOAD}", "rules.json"), folder, runs)
    ratio = ours.seconds / max(0.001, theirs.seconds)
    yield "reading them from JSON", f"{ours}, {ratio:.1f} x json.load"
