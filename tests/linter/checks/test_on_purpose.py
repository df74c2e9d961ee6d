"""What people and tools do on purpose, and beside it what looks like it and is a fault."""

from pathlib import Path

import pytest

from tests.linter.checks.bare import findings
from tests.linter.checks.samples import KEEP_IN, chains, rules

_SSH = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"
_PING = "-A INPUT -p icmp -j ACCEPT"
_ICMP = ("-A icmps -p icmp -m icmp --icmp-type 3 -j ACCEPT",)
_STAGE = (*chains("stage"), "-A FORWARD -i br0 ! -o br0 -j stage")
_REFUSE = (
    *chains("refuse"),
    "-A refuse -s 198.51.100.0/24 -j DROP",
    "-A refuse -p tcp -j REJECT --reject-with tcp-reset",
    "-A refuse -j REJECT",
)
_MAP = """\
table inet filter {{
  map m {{ type ifname : verdict; {elements} }}
  chain a {{ accept; }}
  chain input {{
    type filter hook input priority filter; policy drop;
    iifname "x0" drop
    iifname vmap @m
  }}
}}
"""


def _found(folder: Path, *checks: str, **exports: str) -> list[str]:
    return [f"{each.check} {each.level}" for each in findings(folder, *checks, **exports)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((*_STAGE, "-A stage -o br0 -j DROP"), []),
        ((*_STAGE, "-A FORWARD -i br1 -j stage", "-A stage -o br0 -j DROP"), []),
        ((*_STAGE, "-A stage -i br1 -j DROP"), ["FW303 warning"]),
        (
            (*chains("stage"), "-A FORWARD -o br1 -j stage", "-A stage -o br0 -j DROP"),
            ["FW303 warning"],
        ),
        ((*_REFUSE, "-A INPUT -p udp -j refuse"), []),
        (
            (*_REFUSE[:-1], "-A refuse -p udp -j ACCEPT", "-A INPUT -p udp -j refuse"),
            ["FW303 warning"],
        ),
    ],
    ids=[
        "the only jump leaves out what the rule is for",
        "another jump does not",
        "the jump is for another interface",
        "the jump is for another interface that it leaves to",
        "a detail of how packets are refused",
        "a chain that refuses and accepts",
    ],
)
def test_a_rule_without_packets_is_no_fault_of_a_chain_for_several_jumps(
    lines: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    assert _found(tmp_path, "FW303", web=rules(*lines)) == expected


@pytest.mark.parametrize(
    ("elements", "expected"),
    [("", []), ('elements = { "x0" : jump a }', []), ('elements = { "x1" : jump a }', [])],
    ids=["no element", "one that is dropped before", "one"],
)
def test_a_map_without_elements_waits_for_some(
    elements: str, expected: list[str], tmp_path: Path
) -> None:
    assert _found(tmp_path, "FW303", web=_MAP.format(elements=elements)) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("-A named -j LOG", "-A named -j DROP"), ["FW304 info"]),
        (("-A named -m limit --limit 3/min -j LOG", "-A named -j DROP"), ["FW304 info"]),
        (("-A named -m recent --set --name x",), []),
        (("-A named -j LOG",), []),
        (("-A named -s 198.51.100.0/24 -j DROP",), ["FW304 warning"]),
        (("-A named -p tcp -j DROP", "-A named -j ACCEPT"), ["FW304 warning"]),
        (("-A named -p tcp -j RETURN", "-A named -j DROP"), ["FW304 warning"]),
    ],
    ids=[
        "an action",
        "an action that logs now and then",
        "a chain that only remembers",
        "a chain that only logs",
        "a ban",
        "a chain that decides",
        "a chain that spares some",
    ],
)
def test_a_name_for_an_action_needs_no_use(
    lines: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    assert _found(tmp_path, "FW304", web=rules(*chains("named"), *lines)) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((*chains("icmps"), *_ICMP, _PING, "-A INPUT -p icmp -j icmps"), ["FW302 info"]),
        (
            (
                *chains("icmps"),
                *_ICMP,
                _PING.replace("ACCEPT", "DROP"),
                "-A INPUT -p icmp -j icmps",
            ),
            ["FW301 warning"],
        ),
        (
            (*chains("bans"), "-A bans -s 203.0.113.0/24 -j DROP", _SSH, f"{_SSH[:-6]}bans"),
            ["FW301 warning", "FW314 warning"],
        ),
        (
            (
                *_REFUSE,
                "-A INPUT -s 198.51.100.0/25 -j ACCEPT",
                "-A INPUT -s 198.51.100.0/24 -j DROP",
                "-A INPUT -j refuse",
            ),
            [],
        ),
    ],
    ids=[
        "a jump to a chain that accepts what is accepted",
        "a jump to a chain that accepts what is dropped",
        "a jump to a ban, behind what accepts",
        "a detail of how packets are refused",
    ],
)
def test_a_jump_does_what_its_chain_does(
    lines: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    actual = _found(tmp_path, "FW301", "FW302", "FW314", web=rules(*lines))

    assert sorted(set(actual)) == expected


_DOCKER = (
    *chains("DOCKER", "DOCKER-USER"),
    "-A FORWARD -j DOCKER-USER",
    "-A FORWARD -o docker0 -j DOCKER",
)
_DROPS = "-A DOCKER ! -i docker0 -o docker0 -j DROP"


@pytest.mark.parametrize(
    ("lines", "policies", "expected"),
    [
        ((*_DOCKER, _DROPS), {"input": "ACCEPT"}, []),
        ((*_DOCKER, _DROPS), {}, ["FW401 warning"]),
        ((*_DOCKER, KEEP_IN, "-A INPUT -j DROP"), {"input": "ACCEPT"}, ["FW401 warning"]),
        (
            (*_DOCKER, "-A DOCKER-USER -s 203.0.113.0/24 -j DROP"),
            {"input": "ACCEPT"},
            ["FW401 warning"],
        ),
        (("-A FORWARD -i wan0 -j ACCEPT",), {"input": "ACCEPT"}, ["FW401 warning"]),
        ((), {"input": "ACCEPT"}, ["FW401 warning"]),
    ],
    ids=[
        "Docker alone",
        "the policy for input drops",
        "a rule for input drops",
        "a rule that is left to the user drops",
        "forwarding is filtered by hand",
        "nothing is forwarded",
    ],
)
def test_what_a_tool_drops_for_its_own_networks_is_no_filter(
    lines: tuple[str, ...], policies: dict[str, str], expected: list[str], tmp_path: Path
) -> None:
    assert _found(tmp_path, "FW401", web=rules(*lines, **policies)) == expected


def _in_a_row(count: int, family: str) -> str:
    """Chains that lead to the next one on two ways, one of which nothing goes."""
    chains = ["chain c0 { meta nfproto ipv6 tcp dport 1 accept; }"]
    for number in range(count):
        jump = f"jump c{number}"
        chains.append(f"chain c{number + 1} {{ tcp dport 1 tcp dport 2 {jump}; {jump}; }}")
    head = "type filter hook input priority filter; policy drop;"
    chains.append(f"chain input {{ {head} {family} jump c{count}; }}")
    return "\n".join(("table inet t {", *reversed(chains), "}", ""))


def test_the_families_that_come_to_a_chain_are_found_on_each_way_once(tmp_path: Path) -> None:
    found = findings(tmp_path, "FW303", web=_in_a_row(30, "meta nfproto ipv4"))

    assert [each.level for each in found] == ["warning"] * 30 + ["info"]
