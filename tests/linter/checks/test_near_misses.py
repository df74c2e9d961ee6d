"""FW101 and FW104: the rule that would nearly have let the packet pass."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import HTTPS, KEEP, Asking, chains, policy, rules, site

_run = Asking("FW101", "FW104")
_DROP = "-A FORWARD -d 192.0.2.10/32 -j DROP"
_REQUIRED = "required by this"
_NFT = """\
table inet filter {{
  chain forward {{
    type filter hook forward priority filter; policy drop;
    {}
  }}
}}
"""


def _labels(folder: Path, export: str, *flows: str) -> list[str]:
    found = _run(folder, policy(*flows), site(), {"edge.rules": export})
    labels = [each.label for finding in found for each in finding.related]
    return [each.replace(f"{folder}/", "") for each in labels if each != _REQUIRED]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ((), []),
        ((_DROP, HTTPS), ["accepted here, but dropped at edge.rules:6 before"]),
        (
            (_DROP.replace("DROP", "REJECT"), HTTPS),
            ["accepted here, but rejected at edge.rules:6 before"],
        ),
        ((_DROP, *chains("a"), "-A FORWARD -j a", HTTPS.replace("FORWARD", "a")), ["accepted"]),
        ((_DROP, *chains("a"), HTTPS.replace("FORWARD", "a")), []),
        ((HTTPS.replace("443", "8443"),), ["would accept it with another port"]),
        (("-A FORWARD -p tcp -m tcp --dport 22 -j ACCEPT",), []),
        ((HTTPS.replace("tcp", "udp"),), ["would accept it with another protocol"]),
        ((HTTPS.replace("10.1.0.0", "10.2.0.0"),), ["would accept it from another address"]),
        ((HTTPS.replace("192.0.2.10", "192.0.2.11"),), ["would accept it to another address"]),
        (("-A FORWARD -d 192.0.2.11 -j ACCEPT",), []),
        ((HTTPS.replace("-s", "-i wan0 -s"),), ["would accept it at another interface"]),
        ((HTTPS.replace("-s", "-m mark --mark 7 -s"),), []),
        ((HTTPS.replace("443", "8443").replace("192.0.2.10", "192.0.2.11"),), []),
        ((HTTPS.replace("443", "8443").replace("ACCEPT", "DROP"),), []),
        (
            (HTTPS.replace("443", "8443"), HTTPS.replace("192.0.2.10", "192.0.2.11")),
            ["would accept it with another port"],
        ),
        ((HTTPS.replace("443", "8443"), _DROP, HTTPS), ["accepted here, but dropped"]),
        ((_DROP, HTTPS.replace("443", "8443")), []),
        (("-A FORWARD -s 10.1.0.0/16 -p tcp -m tcp --dport 22 -j ACCEPT",), []),
    ],
    ids=[
        "nothing is near",
        "behind a rule that drops",
        "behind a rule that rejects",
        "behind it in a chain",
        "in a chain that nothing calls",
        "another port",
        "another port, of anything",
        "another protocol",
        "another source",
        "another destination",
        "another destination, of anything",
        "another interface",
        "another mark",
        "two things are others",
        "a rule that drops",
        "the port before the address",
        "a place before a port",
        "a port and a place",
        "another port, to anywhere",
    ],
)
def test_the_nearest_rule(before: tuple[str, ...], expected: list[str], tmp_path: Path) -> None:
    declared = [each for each in before if each.startswith(":")]
    export = rules(KEEP, *declared, *(each for each in before if each not in declared))

    found = _labels(tmp_path, export)

    assert len(found) == len(expected)
    assert all(each.startswith(begin) for each, begin in zip(found, expected, strict=True))


def test_of_several_rules_the_port_that_is_next_to_it(tmp_path: Path) -> None:
    ports = (22, 444, 8443)
    export = rules(KEEP, *(HTTPS.replace("443", str(port)) for port in ports))

    (finding,) = _run(tmp_path, policy(), site(), {"edge.rules": export})

    (near,) = [each for each in finding.related if each.label != _REQUIRED]
    assert near.span.line == 7


def test_the_other_family(tmp_path: Path) -> None:
    text = _NFT.format("meta nfproto ipv6 tcp dport 443 accept")

    assert _labels(tmp_path, text) == ["would accept it in the other address family"]


def test_a_reply_that_is_dropped_before(tmp_path: Path) -> None:
    export = rules(HTTPS, "-A FORWARD -s 192.0.2.10/32 -j DROP", KEEP)

    assert _labels(tmp_path, export) == ["accepted here, but dropped at edge.rules:6 before"]
