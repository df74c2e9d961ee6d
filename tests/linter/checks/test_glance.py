"""What single packets and plain rules tell is what packet sets tell."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any
from xml.etree.ElementTree import tostring

import pytest

import parsers
from flowmodel.site import Site
from linter.checks.rulebase import (
    fw306_no_default_deny,
    fw316_connection_cannot_go_on,
    fw319_lock_out,
    fw402_families_differ,
    glance,
)
from linter.checks.rulebase.judged import judged, unneeded, written
from linter.checks.rulebase.kinds import is_open_deny
from linter.checks.rulebase.passing import Passing, Wanted, passing
from linter.checks.rulebase.standing import Seen, denies
from linter.checks.rulebase.written import Judged
from linter.checks.subject import Subject
from tests.bench.pf import head
from tests.linter.checks.bare import findings
from tests.linter.checks.overlapping import with_sets
from tests.oracles.aws.accounts import account
from tests.oracles.aws.writing import write
from tests.oracles.pf.generate import config as pfsense
from tests.oracles.pf.generate_opnsense import config as opnsense

_CASES = 40
_TARGETS = ("ACCEPT", "ACCEPT", "DROP", "DROP", "REJECT", "RETURN", "LOG", "")
_ADDRESSES = ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "0.0.0.0/0", "10.9.0.0/16")
_MATCHES = ("-m limit --limit 1/sec", "-m string --string x --algo bm", "-m mark --mark 1")
_HEAD = """*{table}
:INPUT {policy} [0:0]
:FORWARD {policy} [0:0]
:OUTPUT ACCEPT [0:0]
"""


def _rule(random: Random, table: str, chain: str, later: list[str]) -> str:
    ends = [f"-{side} {random.choice(_ADDRESSES)}" for side in "sd" if random.random() < 0.5]
    parts = [f"-A {chain}", *ends]
    if random.random() < 0.3:
        parts.append(f"{random.choice(('', '', '! '))}-i {random.choice(('eth0', 'eth1', 'eth+'))}")
    if random.random() < 0.5:
        proto = random.choice(("tcp", "udp"))
        parts.append(f"-p {proto} -m {proto}")
        if random.random() < 0.7:
            parts.append(f"--dport {random.choice(('22', '80', '22:80', '1024:65535'))}")
        if random.random() < 0.1:
            parts.append("--sport 53")
    if random.random() < 0.15:
        states = random.choice(("NEW", "RELATED,ESTABLISHED", "INVALID", "NEW,ESTABLISHED"))
        parts.append(f"-m conntrack --ctstate {states}")
    if random.random() < 0.1:
        parts.append(random.choice(_MATCHES))
    if later and random.random() < 0.3:
        parts.append(f"-{random.choice('jjg')} {random.choice(later)}")
    elif table == "mangle" and random.random() < 0.1:
        parts.append("-j MARK --set-mark 1")
    else:
        target = random.choice(_TARGETS if table == "filter" else _TARGETS[:4])
        parts.append(f"-j {target}" if target else "")
    return " ".join(parts).strip()


def export(seed: int) -> str:
    """A small rule set whose rules overlap, in chains that call each other, some of them twice."""
    random = Random(seed)
    tables = []
    for table in ("mangle", "filter") if random.random() < 0.4 else ("filter",):
        names = [f"c{number}" for number in range(random.randint(0, 3))]
        policy = random.choice(("ACCEPT", "DROP"))
        head = _HEAD.format(table=table, policy=policy)
        lines = [f":{name} - [0:0]" for name in names]
        for index, name in enumerate(names):
            several = range(random.randint(1, 5))
            lines += [_rule(random, table, name, names[index + 1 :]) for _ in several]
        for chain in ("INPUT", "FORWARD"):
            if random.random() < 0.4:
                lines.append(f"-A {chain} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
            lines += [_rule(random, table, chain, names) for _ in range(random.randint(2, 8))]
        tables.append(head + "\n".join((*lines, "COMMIT", "")))
    return "".join(tables)


_BEFORE = (
    *("", "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-p udp -j DROP"),
    *("-s 10.1.0.0/20 -j ACCEPT", "-s 10.1.0.7 -j RETURN", "! -s 10.1.0.9 -j DROP", "-j list"),
    *("-m mark --mark 1 -j ACCEPT", "-s 10.1.0.9/255.255.0.255 -j DROP"),
)
_BEHIND = ("", "-p tcp --dport 22 -j ACCEPT", "-j ACCEPT", "-j DROP", "-d 10.1.0.5 -j ACCEPT")


def _in_list(random: Random) -> str:
    octet = random.choice((9, *random.sample(range(256), 7)))
    return f"10.1.{random.randrange(16)}.{octet}/{random.choice((32, 32, 32, 32, 31, 28))}"


def address_list(seed: int) -> str:
    """Many rules that differ in an address, in the base chain or in one that it calls."""
    random = Random(seed)
    chain, end = random.choice(("INPUT", "list")), random.choice("sd")
    target = random.choice(("DROP", "REJECT", "ACCEPT", "RETURN", "LOG"))
    asks = random.choice(("", "-p tcp --dport 22", "-i eth0", "-m limit --limit 1/sec"))
    addresses = ["10.1.0.9/32", *(_in_list(random) for _ in range(random.randint(60, 90)))]
    random.shuffle(addresses)
    lines = [f"-A {chain} -{end} {each} {asks} -j {target}" for each in addresses]
    if random.random() < 0.3:
        lines[random.randrange(len(lines))] = f"-A {chain} -p tcp --dport 80 -j ACCEPT"
    policy = random.choice(("ACCEPT", "DROP"))
    before, behind = random.choice(_BEFORE), random.choice(_BEHIND)
    first, last = ([f"-A INPUT {each}"] if each else [] for each in (before, behind))
    if chain == "list" and before != "-j list":
        first.append(f"-A INPUT {random.choice(('', '-p tcp', '-s 10.0.0.0/8'))} -j list")
    head = _HEAD.format(table="filter", policy=policy)
    return head + "\n".join((":list - [0:0]", *first, *lines, *last, "COMMIT", ""))


_MARKING = ("mark set 1", "mark set 2", "mark set ct mark", "mark set mark and 0x1")
_MARKED = ("mark 0", "mark 1", "mark 2", "mark { 0, 1 }", "mark 1-3")
_STATES = ("new", "established", "new, established", "untracked", "invalid")


def _nft_rule(random: Random, later: list[str]) -> str:
    parts = []
    if random.random() < 0.5:
        parts.append(f"meta {random.choice(_MARKED)}")
    if random.random() < 0.2:
        parts.append(f"ct state {{ {random.choice(_STATES)} }}")
    if random.random() < 0.3:
        parts.append(f"tcp dport {random.choice(('22', '80', '22-80'))}")
    if later and random.random() < 0.5:
        parts.append(f"{random.choice(('jump', 'jump', 'goto'))} {random.choice(later)}")
    elif random.random() < 0.4:
        parts.append(random.choice((*(f"meta {each}" for each in _MARKING), "notrack")))
    else:
        parts.append(random.choice(("accept", "drop", "return")))
    return " ".join(parts)


def listing(seed: int) -> str:
    """A small table of nft whose rules set marks, and ask for them before and behind jumps."""
    random = Random(seed)
    names = [f"c{number}" for number in range(random.randint(1, 3))]
    hook, priority = random.choice((("input", "filter"), ("prerouting", "raw")))
    chains = []
    for index, name in enumerate(names):
        rules = [_nft_rule(random, names[index + 1 :]) for _ in range(random.randint(1, 4))]
        chains.append("\n".join((f"chain {name} {{", *rules, "}")))
    policy = random.choice(("accept", "drop"))
    head = f"type filter hook {hook} priority {priority}; policy {policy};"
    rules = [_nft_rule(random, names) for _ in range(random.randint(2, 6))]
    chains.append("\n".join(("chain base {", head, *rules, "}")))
    return "\n".join(("table inet t {", *chains, "}", ""))


def _subject(paths: Sequence[Path]) -> Subject:
    exports = {"fw": tuple(parsers.read_exports([str(path) for path in paths]))}
    return Subject(Site("", {}, (), (), ()), exports, exports)


def _told(paths: Sequence[Path]) -> list[tuple[object, ...]]:
    # No check tells of what the system makes.
    every = (each for each in judged(_subject(paths)) if not each.rule.is_automatic)
    return [_in_words(each) for each in every]


def _iptables(seed: int, folder: Path) -> list[Path]:
    return [_written(folder / "some.rules", export(seed))]


def _list(seed: int, folder: Path) -> list[Path]:
    return [_written(folder / "some.rules", address_list(seed))]


def _sets(seed: int, folder: Path) -> list[Path]:
    rules, sets = with_sets(seed)
    return [_written(folder / "some.rules", rules), _written(folder / "some.ipset", sets)]


def _nft(seed: int, folder: Path) -> list[Path]:
    return [_written(folder / "some.nft", listing(seed))]


def _pfsense(seed: int, folder: Path) -> list[Path]:
    return [_written(folder / "some.xml", tostring(pfsense(seed), encoding="unicode"))]


def _opnsense(seed: int, folder: Path) -> list[Path]:
    return [_written(folder / "some.xml", tostring(opnsense(seed), encoding="unicode"))]


def _aws(seed: int, folder: Path) -> list[Path]:
    return write(account(seed, complete=True), folder, "a file a command", Random(seed))


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


Made = Callable[[int, Path], list[Path]]
_MADE = [
    pytest.param(made, seed, id=f"{made.__name__.removeprefix('_')} {seed}")
    for made, count in (
        (_iptables, _CASES),
        (_list, _CASES),
        (_sets, 16),
        (_nft, _CASES),
        (_pfsense, 24),
        (_opnsense, 12),
        (_aws, 16),
    )
    for seed in range(count)
]


def _in_words(rule: Judged) -> tuple[object, ...]:
    """What is told of a rule; where it is needed somewhere, not all that it does elsewhere too."""
    seen: Iterable[object] = map(_of_seen, rule.seen)
    if not denies(rule.rule) and any(each.tells and each.skips for each in rule.seen):
        seen = (each.hole and each.hole.sample.words for each in rule.seen)
        seen = ("is needed", *filter(None, seen))
    return (rule.rule.text, rule.chain.name, *seen)


def _of_seen(seen: Seen) -> tuple[object, ...]:
    idle, spare = seen.idle, seen.spare
    return (
        seen.base.name,
        seen.family,
        (seen.fits, seen.hits, seen.tells, seen.skips, seen.is_hook, seen.is_only_judge),
        idle and ([each.span for each in idle.takers], idle.is_whole, idle.is_complete),
        idle and (set(idle.actions), idle.sample.words, idle.decided.span, idle.is_everywhere),
        spare and ([each.span for each in spare.others], spare.sample.words),
        seen.change and seen.change.words,
        seen.hole and (seen.hole.is_certain, seen.hole.sample.words, seen.hole.extent),
    )


@pytest.mark.parametrize(("made", "seed"), _MADE)
def test_a_glance_tells_what_packet_sets_tell(
    made: Made, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = made(seed, tmp_path)
    found = _told(paths)

    monkeypatch.setattr(glance, "_glances", lambda *_: None)

    assert _told(paths) == found


@pytest.mark.parametrize(("made", "seed"), _MADE)
def test_what_is_left_aside_as_needed_decides_something(
    made: Made, seed: int, tmp_path: Path
) -> None:
    subject = _subject(made(seed, tmp_path))
    told = {each.rule.span for each in unneeded(subject)}

    aside = [each for each in written(subject) if each.rule.span not in told]

    idle = [each for each in aside if each.is_shadowed or each.is_redundant or each.never_matches]
    assert [each.rule.text for each in idle + list(filter(is_open_deny, aside))] == []


@pytest.mark.parametrize(
    ("before", "idle"),
    [
        ("", []),
        ("-s 10.1.0.20/30 -j DROP", [20, 21, 22, 23]),
        ("-s 10.0.0.9/255.0.0.255 -j DROP", [9]),
        ("! -s 10.1.0.9 -j DROP", [each for each in range(1, 61) if each != 9]),
        ("-p tcp -j DROP", []),
    ],
)
def test_a_list_of_addresses_is_needed_but_for_those_that_a_rule_before_it_knows(
    before: str, idle: list[int], tmp_path: Path
) -> None:
    first = [f"-A INPUT {before}"] if before else []
    listed = {f"-A INPUT -s 10.1.0.{each} -j ACCEPT": each for each in range(1, 61)}
    head = _HEAD.format(table="filter", policy="DROP")
    path = _written(tmp_path / "some.rules", head + "\n".join((*first, *listed, "COMMIT", "")))

    found = [listed[each.rule.text] for each in unneeded(_subject([path])) if each.is_shadowed]

    assert found == idle


@pytest.mark.parametrize(
    ("source", "destination", "is_asked"),
    [
        ("", "<port>53</port>", False),
        # A rule for replies: the digest of what it lets begin depends on which rules are asked.
        ("<port>53</port>", "", True),
    ],
)
def test_packet_sets_are_not_asked_about_rules_of_the_system_that_packets_come_to(
    source: str,
    destination: str,
    is_asked: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule = (
        "<rule><type>{}</type><interface>wan</interface><protocol>udp</protocol>"
        f"<source><any/>{source}</source><destination><any/>{destination}</destination></rule>"
    )
    rules = rule.format("pass") * 2 + rule.format("block")
    path = _written(tmp_path / "some.xml", f"{head()}<filter>{rules}</filter></pfsense>")
    asked: set[int] = set()

    def glanced(*arguments: Any) -> glance.Glanced:
        found = glance.glanced(*arguments)
        asked.update(found.asked)
        return found

    monkeypatch.setattr("linter.checks.rulebase.judged.glanced", glanced)
    subject = _subject([path])
    told = [each.rule for each in judged(subject) if "antispoof" in each.rule.title]

    assert len(told) == 10
    assert any(id(each) in asked for each in told) == is_asked


_RESTORED = """\
table inet filter {
  chain restore { %s
    meta mark 1 accept
    meta mark 2 drop
  }
  chain input {
    type filter hook input priority filter; policy drop;
    %s
    ct state established,related accept
    meta mark 0 jump restore
    tcp dport { 22, 23, 25 } accept
  }
}
"""


@pytest.mark.parametrize(
    ("restores", "before", "expected"),
    [
        ("meta mark set ct mark", "", []),
        ("", "", ["FW303", "FW303"]),
        # No packet with that mark comes to the jump, so nothing is said of what is behind it.
        ("", "meta mark set 3", ["FW303"]),
    ],
    ids=["the mark is set between", "nothing sets it", "it was set before the jump"],
)
def test_a_mark_may_change_between_a_jump_and_the_rules_behind_it(
    restores: str, before: str, expected: list[str], tmp_path: Path
) -> None:
    found = findings(tmp_path, "FW303", web=_RESTORED % (restores, before))

    assert [each.check for each in found] == expected


def _never(*_: object) -> bool:
    return False


@pytest.mark.parametrize(("made", "seed"), _MADE)
def test_nothing_is_missed_where_rules_say_plainly_that_nobody_has_to_be_asked(
    made: Made, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = {path.name: path.read_text(encoding="utf-8") for path in made(seed, tmp_path)}
    checks = ("FW306", "FW316", "FW319", "FW402")
    found = findings(tmp_path, *checks, **exports)

    monkeypatch.setattr(fw306_no_default_deny, "is_closed", _never)
    monkeypatch.setattr(fw316_connection_cannot_go_on, "goes_on", _never)
    monkeypatch.setattr(fw319_lock_out, "is_told", _never)
    monkeypatch.setattr(fw319_lock_out, "_surely_reached", lambda *_: set())
    monkeypatch.setattr(fw319_lock_out, "arriving", _whole)
    monkeypatch.setattr(fw402_families_differ, "arriving", _whole)

    assert findings(tmp_path, *checks, **exports) == found


def _whole(subject: Subject, wanted: Wanted, _: object) -> Iterator[Passing]:
    """What passes of all packets to each device itself."""
    return (each for each in passing(subject, wanted) if each.traffic == "input")
