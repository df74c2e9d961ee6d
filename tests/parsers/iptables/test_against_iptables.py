"""What iptables itself prints for a rule must mean what the rule meant, and its errors are ours."""

import os
import shutil
import subprocess

import pytest

from flowmodel.source import InputError
from tests.parsers.iptables.samples import export, rules, show
from tests.parsers.iptables.test_errors import ERRORS
from tests.parsers.iptables.test_matches import CORE, ICMP, OUTSIDE, PLACES, PORTS, STATES

TOOLS = ("unshare", "iptables-legacy-restore", "iptables-legacy-save", "ipset")
pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(
        os.name != "posix" or os.geteuid() != 0 or not all(map(shutil.which, TOOLS)),
        reason="needs root on Linux, unshare, iptables-legacy and ipset",
    ),
]

LINES = [
    *(f"-A X {text} -j ACCEPT" for text, _ in [*CORE, *STATES, *PLACES, *OUTSIDE]),
    *(f"-A X -p tcp {text} -j ACCEPT" for text, _ in PORTS),
    *(f"-A X -p icmp -m icmp --icmp-type {text} -j ACCEPT" for text, _ in ICMP),
]
# Names and extensions that only we take, as unread; and what only older tools took.
ONLY_OURS = ("frob", "gate.example.net", "-d !", "otherhost", "--limit-iface-in", "-i eth*")
# iptables takes the end of the line into an open quotation, and allows circles nothing leads to.
ONLY_WE_REFUSE = ("never closed", "-g X")
REFUSED = [
    line
    for line, _, _ in ERRORS
    if line.startswith(("-A", "-I")) and not any(part in line for part in ONLY_WE_REFUSE)
]

_SCRIPT = """
ipset create hosts hash:ip
while IFS= read -r line; do
  if printf '*filter\\n:X - [0:0]\\n%s\\nCOMMIT\\n' "$line" | iptables-legacy-restore 2>/dev/null
  then iptables-legacy-save -t filter | grep -e '^-A' | head -n 1
  else echo refused
  fi
done
"""


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    """What iptables prints for each line after loading it, or `refused`."""
    asked = LINES + REFUSED
    result = subprocess.run(
        ["unshare", "-n", "sh", "-c", _SCRIPT],
        input="\n".join([*asked, ""]),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(asked, result.stdout.splitlines(), strict=True))


def meaning(line: str) -> list[str]:
    return sorted(show(rules(export(line))[0].match).split("; "))


def test_what_iptables_prints_means_what_was_asked(printed: dict[str, str]) -> None:
    # A list of addresses becomes several rules.
    asked = [line for line in LINES if printed[line] != "refused" and "9,192" not in line]
    read = [line for line in asked if not any("?" in text or "~" in text for text in meaning(line))]

    assert len(read) > 70
    assert [(line, meaning(line)) for line in read] == [
        (line, meaning(printed[line])) for line in read
    ]


def test_what_iptables_refuses_in_the_tables_is_for_a_known_reason(printed: dict[str, str]) -> None:
    refused = [line for line in LINES if printed[line] == "refused"]

    assert [line for line in refused if not any(part in line for part in ONLY_OURS)] == []


@pytest.mark.parametrize("line", REFUSED)
def test_iptables_refuses_what_we_refuse(printed: dict[str, str], line: str) -> None:
    with pytest.raises(InputError):
        export(line)

    assert (line, printed[line]) == (line, "refused")
