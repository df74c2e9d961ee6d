"""What is asked of openings where they are not told: as much as the checks judge, and no more."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from unittest.mock import patch
from xml.etree.ElementTree import tostring

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowmodel.finding import Finding
from fwlint.loading import read, site_of
from linter.checks.evaluation import evaluate
from linter.cli import main
from linter.engine.budget import TooComplexError
from tests.linter.checks.bare import said
from tests.oracles.aws.accounts import account
from tests.oracles.aws.writing import write
from tests.oracles.opnsense.generate import config as opnsense
from tests.oracles.pf.generate import config as pfsense

_CHECKS = frozenset({"FW201", "FW215"})


def _found(paths: list[str], *, opens: bool) -> list[Finding]:
    site = site_of(paths, has_ipv6=True)
    outcome = evaluate(site, read(site).rulesets, asked=_CHECKS.__contains__, opens=opens)
    assert outcome.failed == ()
    return outcome.findings


def _is_same(paths: list[str]) -> int:
    """That it is the same whether or not openings are told, and whether or not it is first asked if
    strangers reach any marked service; returns how many findings there are."""
    every = _found(paths, opens=True)
    for many in (0, 1_000_000):
        with patch("linter.checks.open.table._MANY_RULES", many):
            assert _found(paths, opens=False) == every
    return len(every)


def _aws(folder: Path, seed: int) -> list[str]:
    return [str(each) for each in write(account(seed), folder, "a file a command", Random(0))]


def _pfsense(folder: Path, seed: int) -> list[str]:
    (folder / "config.xml").write_bytes(tostring(pfsense(seed)))
    return [str(folder / "config.xml")]


def _opnsense(folder: Path, seed: int) -> list[str]:
    (folder / "config.xml").write_bytes(tostring(opnsense(seed)))
    return [str(folder / "config.xml")]


@pytest.mark.parametrize(
    ("made", "seeds"),
    [(_aws, 6), (_pfsense, 15), (_opnsense, 15)],
    ids=["AWS", "pfSense", "OPNsense"],
)
def test_checks_find_the_same_in_random_exports(
    made: Callable[[Path, int], list[str]], seeds: int, tmp_path: Path
) -> None:
    assert sum(_is_same(made(tmp_path, seed)) for seed in range(seeds))


_SOURCES = (
    "",
    "-s 10.0.0.0/8",
    "! -s 10.0.0.0/8",
    "-s 0.0.0.0/1",
    "-s 128.0.0.0/1",
    "-s 9.9.9.9/32",
)
_SERVICES = (
    "",
    "-p tcp",
    "-p tcp -m tcp --dport 22",
    "-p tcp -m tcp --dport 80",
    "-p tcp -m tcp --dport 2222",
    "-p tcp -m tcp ! --dport 22",
    "-p tcp -m tcp --dport 1:3305",
    "-p tcp -m tcp --dport 3306:65535",
    "-p tcp -m multiport --dports 443,6379",
    "-p udp -m udp --dport 161",
    "-p udp",
    "-p icmp",
    "! -p tcp",
)
_MORE = (
    "",
    "",
    "-m conntrack --ctstate NEW",
    "-m conntrack --ctstate RELATED,ESTABLISHED",
    "-m string --string x --algo bm --to 65535",
    "-m mark --mark 0x1",
)
_TARGETS = ("ACCEPT", "ACCEPT", "DROP", "RETURN", "MARK --set-xmark 0x1/0xffffffff", "NFQUEUE")
_POLICIES = st.sampled_from(("ACCEPT", "DROP", "DROP"))


@st.composite
def _rule(draw: st.DrawFn, chain: str, calls: tuple[str, ...] = ()) -> str:
    parts = [draw(st.sampled_from(each)) for each in (_SOURCES, _SERVICES, _MORE)]
    target = draw(st.sampled_from((*_TARGETS, *calls)))
    return " ".join(("-A", chain, *filter(None, parts), "-j", target))


@st.composite
def _tables(draw: st.DrawFn) -> str:
    lines = ["*mangle"]
    names = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
    lines += [f":{name} ACCEPT [0:0]" for name in names]
    lines[1] = f":PREROUTING {draw(_POLICIES)} [0:0]"
    lines += draw(st.lists(_rule("PREROUTING"), max_size=2))
    lines += ["COMMIT", "*nat", *(f":{name} ACCEPT [0:0]" for name in names if name != "FORWARD")]
    to = draw(st.sampled_from(("", "DNAT --to-destination 10.0.0.5:22", "REDIRECT --to-ports 22")))
    if to:
        port = draw(st.sampled_from((22, 2222)))
        lines.append(f"-A PREROUTING -p tcp -m tcp --dport {port} -j {to}")
    if draw(st.booleans()):
        lines.append("-A POSTROUTING -o eth0 -j MASQUERADE")
    lines += ["COMMIT", "*filter"]
    lines += [f":{name} {draw(_POLICIES)} [0:0]" for name in ("INPUT", "FORWARD")]
    lines += [":OUTPUT ACCEPT [0:0]", ":user - [0:0]"]
    for chain in ("INPUT", "FORWARD"):
        lines += draw(st.lists(_rule(chain, ("user",)), max_size=4))
    lines += draw(st.lists(_rule("user"), max_size=2))
    return "\n".join((*lines, "COMMIT", ""))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(_tables())
def test_checks_find_the_same_in_rules_about_marked_services(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.v4"
        path.write_text(text, encoding="utf-8")
        _is_same([str(path)])


def _rules(*rules: str, nat: str = "") -> str:
    head = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"
    text = head + "".join(f"{rule}\n" for rule in rules) + "COMMIT\n"
    start = "*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
    return f"{start}{nat}\nCOMMIT\n{text}" if nat else text


_TOLD = {
    "a part of the internet each": (
        _rules(
            "-A INPUT -s 0.0.0.0/1 -p tcp -m tcp --dport 23 -j ACCEPT",
            "-A INPUT -s 128.0.0.0/1 -p tcp -m tcp --dport 23 -j ACCEPT",
        ),
        True,
    ),
    "a half of the internet": (
        _rules("-A INPUT -s 128.0.0.0/1 -p tcp -m tcp --dport 23 -j ACCEPT"),
        True,
    ),
    "another half of it": (
        _rules("-A INPUT -s 0.0.0.0/1 -p tcp -m tcp --dport 23 -j ACCEPT"),
        True,
    ),
    "the ports between which a marked one lies": (
        _rules("-A INPUT -p tcp -m tcp --dport 1:1024 -j ACCEPT"),
        True,
    ),
    "everything but the ports that are marked": (
        _rules("-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT", "-A INPUT -p icmp -j ACCEPT"),
        False,
    ),
    "networks inside": (_rules("-A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 23 -j ACCEPT"), False),
    "another port that is sent to a marked one": (
        _rules(
            "-A FORWARD -d 10.0.0.5/32 -p tcp -m tcp --dport 23 -j ACCEPT",
            nat="-A PREROUTING -p tcp -m tcp --dport 8023 -j DNAT --to-destination 10.0.0.5:23",
        ),
        True,
    ),
    "the same behind a chain that drops the marked one": (
        "*mangle\n:PREROUTING DROP [0:0]\n"
        "-A PREROUTING -p tcp -m tcp --dport 8023 -j ACCEPT\nCOMMIT\n"
        + _rules(
            "-A FORWARD -d 10.0.0.5/32 -p tcp -m tcp --dport 23 -j ACCEPT",
            nat="-A PREROUTING -p tcp -m tcp --dport 8023 -j DNAT --to-destination 10.0.0.5:23",
        ),
        True,
    ),
    "a marked port that is sent to another one": (
        _rules(
            "-A INPUT -p tcp -m tcp --dport 8023 -j ACCEPT",
            nat="-A PREROUTING -p tcp -m tcp --dport 23 -j REDIRECT --to-ports 8023",
        ),
        False,
    ),
    "what an unknown target does": (_rules("-A INPUT -p tcp -m tcp --dport 23 -j NFQUEUE"), True),
}


def test_a_source_that_a_later_chain_wants_is_found(tmp_path: Path) -> None:
    text = """table ip t {
  chain f { type filter hook forward priority 0; policy drop; tcp dport 23 accept; }
  chain n { type nat hook postrouting priority 100; snat to 10.0.0.1; }
  chain l { type filter hook postrouting priority 200; policy drop; ip saddr 10.0.0.1 accept; }
}
"""
    assert said(tmp_path, *_CHECKS, ipv6="no", **{"rules.nft": text})


@pytest.mark.parametrize(("text", "is_told"), _TOLD.values(), ids=_TOLD)
def test_what_strangers_reach_is_found_where_openings_are_not_told(
    text: str, is_told: bool, tmp_path: Path
) -> None:
    found = said(tmp_path, *_CHECKS, ipv6="no", **{"rules.v4": text})

    assert bool(found) is is_told


def test_no_packet_set_is_made_where_strangers_reach_nothing_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def machine(*_: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr("linter.checks.open.table.machine", machine)
    text = _rules("-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT")

    assert said(tmp_path, *_CHECKS, ipv6="no", **{"rules.v4": text}) == []


@pytest.mark.parametrize(
    ("arguments", "is_told"),
    [
        ((), True),
        (("-o", "json"), True),
        (("-o", "html"), True),
        (("-o", "markdown"), True),
        (("-o", "sarif", "-o", "json:all.json"), True),
        (("-o", "concise", "--openings", "yes"), False),
        (("-o", "sarif"), False),
        (("-o", "junit"), False),
        (("--openings", "no"), False),
        (("--each",), False),
        (("-q",), False),
    ],
)
def test_all_that_is_open_is_asked_about_where_an_output_tells_it(
    arguments: tuple[str, ...], is_told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def machine(*about: object) -> None:
        asked.append(about)
        raise TooComplexError("in the test")

    monkeypatch.setattr("linter.checks.open.table.machine", machine)
    monkeypatch.chdir(tmp_path)
    text = _rules("-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT")
    (tmp_path / "rules.v4").write_text(text, encoding="utf-8")

    main(["check", *arguments, "rules.v4"])

    assert bool(asked) is is_told
