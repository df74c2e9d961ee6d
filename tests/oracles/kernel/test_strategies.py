"""The random rule sets can have everything that the coverage tables call read."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest
from hypothesis.strategies import SearchStrategy

from parsers.iptables import converters as to
from parsers.iptables.asides import CONTINUES
from parsers.iptables.matches import CORE, MODULES
from parsers.iptables.targets import TARGETS
from parsers.nftables.coverage import STATEMENTS, state
from tests.oracles.kernel.cases import Case
from tests.oracles.kernel.nft.strategies import nft_cases
from tests.oracles.kernel.runs import fresh
from tests.oracles.kernel.strategies import iptables_cases

HERE: Final = Path(__file__).parent
UNREAD: Final = (to.unread, to.volatile, to.hardware_address)

# What the random rule sets do not have, and where the kernel, or the table of a manual, judges it.
APART: Final = {
    "-f": "no packet is a fragment, so it is never (tests/parsers/iptables/test_matches.py)",
    "-c": "a counter asks nothing",
    "-4": "the whole rule is left out in the other family",
    "-6": "the whole rule is left out in the other family",
    "--physdev": "the judge has no bridge (tests/oracles/kernel/test_facts.py)",
    "--limit-iface": "unread, and only the kinds that it leaves alone are read",
    "--packets": "counters of a set are unread: the option only says so",
    "--bytes": "counters of a set are unread: the option only says so",
    "--update-": "counters of a set change no verdict",
    "HL": "harmless or possible by its number (tests/parsers/iptables/test_targets.py)",
    "TTL": "harmless or possible by its number (tests/parsers/iptables/test_targets.py)",
    "TEE": "the judge has no gateway for the copy",
    "HMARK": "an unknown mark (tests/parsers/iptables/test_targets.py)",
    # By the bytecode of nft in tests/parsers/nftables/test_implied.py:
    "ct helper": "needs a helper's module",
    "ct timeout": "needs a timeout's module",
    "ct event": "changes what programs are told",
    "ct label": "needs labels",
    "last": "nft 1.0.6 has none",
    "delete": "changes a set, whose contents are then unknown",
    "jump {": "tests/parsers/nftables/test_rules.py: it becomes a chain with a name",
    "ip dscp": "the judge needs the type of service",
    "meta mark set jhash": "an unknown mark",
    "dnat ip prefix": "tests/parsers/nftables/test_rules.py",
}


def _text(*names: str) -> str:
    return "".join((HERE / name).read_text(encoding="utf-8") for name in names)


def _missing(wanted: Iterable[str], text: str) -> list[str]:
    return [each for each in wanted if each not in text and not each.startswith(tuple(APART))]


def test_every_option_of_iptables_that_is_read_can_be_drawn() -> None:
    text = _text("matches.py", "strategies.py", "sets.py", "facts.py", "constants.py")
    text = text.replace("{side}", "src").replace("{kind}", "src") + text.replace("{side}", "dst")
    # One function writes all of these: the side and the kind are put together there.
    text += "--ctorigsrc --ctorigsrcport" if "--ctorig{field}" in text else ""
    options = set(CORE)
    for module in MODULES.values():
        options |= {name for name, option in module.options.items() if option.convert not in UNREAD}

    assert _missing(sorted(options), text) == []


def test_every_target_of_iptables_that_is_read_can_be_drawn() -> None:
    text = _text("strategies.py")

    assert _missing(sorted(TARGETS), text) == []
    # All that let a packet go on do the same, so some of them stand for the others.
    assert sum(name in text for name in CONTINUES) >= 2


def test_every_statement_of_nft_that_is_read_can_be_drawn() -> None:
    text = _text("nft/statements.py", "nft/strategies.py", "nft/matches.py")
    heads = {_head(row.example) for row in STATEMENTS if state(row) == "read"}

    assert _missing(sorted(heads), text) == []


def _head(example: str) -> str:
    """The words that say which statement an example is."""
    words = example.split()
    while words[0] in ("tcp", "ip") and "set" not in words[:4] and "vmap" not in words:
        words = words[3:]
    if "vmap" in words:
        return "vmap"
    if "set" in words[:5]:
        return (
            " ".join(words[: words.index("set") + 1])
            if "jhash" not in words
            else ("meta mark set jhash")
        )
    is_pair = words[0] == "reset" or words[1:2] == ["{"]
    return " ".join(words[:2]) if is_pair else words[0]


@pytest.mark.parametrize("cases", [iptables_cases(), nft_cases()], ids=["iptables", "nft"])
def test_random_rule_sets_are_of_both_families_and_at_every_hook(
    cases: SearchStrategy[Case],
) -> None:
    drawn = list(fresh(cases, 20))

    assert {case.family for case in drawn} == {4, 6}
    assert {case.hook for case in drawn} == {"input", "forward", "output"}
