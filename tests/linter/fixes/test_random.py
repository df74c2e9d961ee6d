"""Random rule sets: an edit mends its finding, changes nothing else, and is what tools make of it.

What packets meet with is asked of the interpreter, which shares nothing with the sets that a proof
is made of; whether files load, and commands do the same as the edit, of the tools themselves.
"""

from collections import Counter
from itertools import product
from pathlib import Path
from random import Random

import pytest

import parsers
from flowmodel.packet import Packet
from linter.engine.device.trace import traced
from tests.linter.checks.samples import KEEP, KEEP_IN, policy, rules, site
from tests.linter.fixes.fixing import Edited, edited, fixes
from tests.linter.fixes.tools import both, needs, printed

_SELECT = ("--select", "FW301,FW302,FW303,FW314", "--fail-on", "never")
_SOURCES = ("", "10.0.0.0/8", "10.0.0.0/8", "10.1.0.0/16", "203.0.113.7/32")
_PORTS = ("22", "22", "22:25", "1:65535")
_RUNS = 25
_PACKETS = [
    Packet(4, source, (192 << 24) + 1, proto, sport=40000, dport=port, in_name=name)
    for source, proto, port, name in product(
        (0x0A000001, 0x0A010001, 0xC0000201, 0xCB007107, 0x08080808),
        (6, 17),
        (22, 24, 53, 80),
        ("lan0", "wan0"),
    )
]


def _iptables(random: Random) -> str:
    lines = []
    for _ in range(random.randint(4, 9)):
        chain = random.choice(("INPUT", "INPUT", "a"))
        words = [f"-A {chain}"]
        if source := random.choice(_SOURCES):
            words.append(f"-s {source}")
        words += random.choice(([], [], ["-i lan0"]))
        name = random.choice(("tcp", "tcp", "tcp", "udp"))
        words.append(f"-p {name} -m {name} --dport {random.choice(_PORTS)}")
        target = random.choice(("ACCEPT", "ACCEPT", "DROP", "REJECT", "RETURN", "a"))
        words.append(f"-j {'DROP' if target == 'a' == chain else target}")
        lines.append(" ".join(words))
    return rules(":a - [0:0]", random.choice(("", KEEP_IN)), *lines)


def nftables(random: Random) -> str:
    found: dict[str, list[str]] = {"a": [], "input": []}
    for _ in range(random.randint(4, 9)):
        chain = random.choice(("input", "input", "a"))
        words = []
        if source := random.choice(_SOURCES):
            words.append(f"ip saddr {source.removesuffix('/32')}")
        words += random.choice(([], [], ['iifname "lan0"']))
        port = random.choice(_PORTS).replace(":", "-")
        words.append(f"{random.choice(('tcp', 'tcp', 'tcp', 'udp'))} dport {port}")
        target = random.choice(("accept", "accept", "drop", "reject", "return", "jump a"))
        words.append("drop" if chain == "a" and target == "jump a" else target)
        found[chain].append(" ".join(words))
    base = "type filter hook input priority filter; policy drop;"
    text = "\n".join(f"\t\t{each}" for each in found["a"])
    more = "\n".join(f"\t\t{each}" for each in (base, *found["input"]))
    return f"table ip t {{\n\tchain a {{\n{text}\n\t}}\n\n\tchain input {{\n{more}\n\t}}\n}}\n"


_KINDS = {"iptables": _iptables, "nftables": nftables}


def _verdicts(path: Path) -> list[bool]:
    found = traced(parsers.read_exports((str(path),)), "input", _PACKETS)
    return [each.verdict == "accept" for each in found]


@pytest.mark.parametrize("kind", _KINDS)
def test_each_edit_mends_its_finding_and_changes_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    seen: Counter[str] = Counter()
    name = f"{kind}.v4"
    for number in range(_RUNS):
        text = _KINDS[kind](Random(number))
        (tmp_path / name).write_text(text)
        before = _verdicts(tmp_path / name)
        for each in fixes(tmp_path, capsys, {name: text}, name, *_SELECT):
            if not isinstance(each, Edited):
                seen["no edit"] += 1
                continue
            seen[each.check] += 1
            new = edited(text, each)
            found = fixes(tmp_path, capsys, {name: new}, name, *_SELECT)
            after = _verdicts(tmp_path / name)
            if each.check == "FW314":
                assert all(one or not other for one, other in zip(before, after, strict=True))
                line = next(line for line, _, lines in each.changes if lines)
                assert ("FW314", line) not in [(one[0], one[1]) for one in found], text
            else:
                assert before == after, text

    assert min(seen["FW302"], seen["FW301"]) >= 7, seen
    assert seen["FW314"] >= 2, seen
    assert seen["no edit"] < sum(seen.values()) / 5, seen


_ENDS = ("", "-s 10.1.0.0/16", "-s 10.1.0.0/17", "-d 192.0.2.0/24", "-i lan0", "-o dmz0", "-i wan0")
_FLOW_PACKETS = [
    Packet(4, source, to, proto, sport=40000, dport=port, in_name=came, out_name="dmz0")
    for source, to, proto, port, came in product(
        (0x0A010001, 0x0A018001, 0xCB007107),
        (0xC000020A, 0xC000020B),
        (6, 17),
        (443, 80),
        ("lan0", "wan0"),
    )
]


def _forward(random: Random) -> str:
    lines = []
    for _ in range(random.randint(1, 5)):
        chain = random.choice(("FORWARD", "FORWARD", "a"))
        service = random.choice(("", "-p tcp -m tcp --dport 443", "-p tcp -m tcp --dport 1:500"))
        target = random.choice(("ACCEPT", "DROP", "REJECT", "RETURN", "a"))
        target = "DROP" if target == "a" == chain else target
        lines.append(" ".join(f"-A {chain} {random.choice(_ENDS)} {service} -j {target}".split()))
    return rules(":a - [0:0]", KEEP, *lines)


def _passing(path: Path) -> set[Packet]:
    found = traced(parsers.read_exports((str(path),)), "forward", _FLOW_PACKETS)
    return {
        packet
        for packet, each in zip(_FLOW_PACKETS, found, strict=True)
        if each.verdict == "accept"
    }


def _is_of_flow(packet: Packet) -> bool:
    ends = packet.src >> 16 == 0x0A01, packet.dst == 0xC000020A, packet.in_name == "lan0"
    return all(ends) and (packet.proto, packet.dport) == (6, 443)


def test_what_is_permitted_is_the_flow_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What exceptions leave of the flow passes in the end, and nothing that did not before."""
    seen: Counter[str] = Counter()
    path = tmp_path / "edge.rules"
    for number in range(_RUNS):
        text = _forward(Random(number))
        files = {"shop.yaml": policy(), "site.yaml": site(), "edge.rules": text}
        found = fixes(tmp_path, capsys, files, "--select", "FW101,FW102,FW103,FW105")
        before = _passing(path)
        for each in found:
            if not isinstance(each, Edited):
                seen["no edit"] += 1
                continue
            seen[each.check] += 1
            path.write_text(edited(text, each))
            after = _passing(path)
            assert before < after, text
            assert all(map(_is_of_flow, after - before)), text
            assert after >= set(filter(_is_of_flow, _FLOW_PACKETS)), text

    assert sum(seen.values()) - seen["no edit"] >= 10, seen
    assert seen["no edit"] <= 2, seen


_OPENINGS = ("FW202", "FW205", "FW206", "FW207", "FW209")
_WIDE = (
    "-s 10.0.0.0/8 -d 192.0.2.10/32",
    "-d 192.0.2.10/32 -i lan0",
    "-s 10.1.0.0/16 -d 192.0.2.0/24 -o dmz0",
    "-s 10.1.0.0/17 -d 192.0.2.10/32",
)
_SERVICES = ("tcp -m tcp --dport 443", "tcp -m tcp --dport 1:500", "tcp -m tcp --dport 80", "udp")


def _open(random: Random) -> str:
    lines = []
    for _ in range(random.randint(1, 4)):
        chain = random.choice(("FORWARD", "FORWARD", "a"))
        target = random.choice(("ACCEPT", "ACCEPT", "ACCEPT", "DROP", "a"))
        target = "ACCEPT" if target == "a" == chain else target
        wide, service = random.choice(_WIDE), random.choice(_SERVICES)
        lines.append(f"-A {chain} {wide} -p {service} -j {target}")
    return rules(":a - [0:0]", KEEP, *lines)


def test_what_is_narrowed_closes_no_flow_and_opens_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: Counter[str] = Counter()
    path = tmp_path / "edge.rules"
    select = ("--select", ",".join(_OPENINGS))
    for number in range(_RUNS):
        text = _open(Random(number))
        files = {"shop.yaml": policy(), "site.yaml": site(), "edge.rules": text}
        found = fixes(tmp_path, capsys, files, *select)
        before = _passing(path)
        for each in found:
            if not isinstance(each, Edited):
                seen["no edit"] += 1
                continue
            seen[each.check] += 1
            new = edited(text, each)
            left = fixes(tmp_path, capsys, {**files, "edge.rules": new}, *select)
            after = _passing(path)
            assert len(left) < len(found), text
            assert after <= before, text
            assert not any(map(_is_of_flow, before - after)), text
            # Whatever passes to machines that no flow is about, nobody has asked about.
            assert all(packet.dst == 0xC000020A for packet in before - after), text

    # A rule for the whole network opens more than anybody asks about.
    assert sum(seen.values()) - seen["no edit"] >= 10, seen
    assert seen["no edit"] >= 5, seen


@pytest.mark.kernel
@needs("unshare", "iptables", "iptables-restore", "iptables-save")
def test_iptables_takes_the_edits_and_the_orders_do_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = 0
    for number in range(_RUNS // 3):
        text = _iptables(Random(number))
        for each in fixes(tmp_path, capsys, {"i.v4": text}, "i.v4", *_SELECT):
            if isinstance(each, Edited):
                new = edited(text, each)
                printed(f"iptables-restore --test <<'END'\n{new}END\n")
                made, loaded = both("iptables-restore", text, new, each.commands, "iptables-save")
                assert made == loaded, text
                count += 1
    assert count > 5


@pytest.mark.kernel
@needs("unshare", "nft")
def test_nft_takes_the_edits_and_the_commands_do_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = 0
    for number in range(_RUNS // 3):
        seed = nftables(Random(number))
        load = "nft -f -"
        text = printed(f"{load} <<'END'\n{seed}END\nnft -a list ruleset") + "\n"
        for each in fixes(tmp_path, capsys, {"n.nft": text}, "n.nft", *_SELECT):
            if isinstance(each, Edited):
                assert each.commands, text
                new = edited(text, each)
                printed(f"nft -c -f - <<'END'\n{new}END\n")
                made, loaded = both(load, seed, new, each.commands, "nft list ruleset")
                assert made == loaded, text
                count += 1
    assert count > 5
