"""Rule sets of nft whose tables are in several files, against the kernel."""

from collections.abc import Iterator
from random import Random

import pytest

from tests.oracles.kernel.compare import compare, read
from tests.oracles.kernel.nft.cases import NftCase
from tests.oracles.kernel.nft.strategies import nft_cases
from tests.oracles.kernel.packets import boundary_packets
from tests.oracles.kernel.runs import Record, fresh
from tests.oracles.kernel.worker import Kernel

pytestmark = pytest.mark.kernel


def in_files(case: NftCase, random: Random) -> Iterator[str]:
    """Files that make up the rule set: each has some sets and chains of one table."""
    for table in case.tables:
        parts = list(table.sets)
        for name, declaration in table.chains:
            its = [
                each.line for each in case.rules if (each.table, each.chain) == (table.name, name)
            ]
            parts.append("\n".join([f"chain {name} {{", declaration, *its, "}"]))
        random.shuffle(parts)
        cut = random.randint(0, len(parts))
        for some in (parts[:cut], parts[cut:]):
            yield "\n".join([f"table {table.family} {table.name} {{", *some, "}", ""])


def test_a_table_in_several_files_is_one(kernel: Kernel, record_property: Record) -> None:
    asked = 0
    for number, case in enumerate(fresh(nft_cases(), 16)):
        assert isinstance(case, NftCase)
        random = Random(number)
        files = list(in_files(case, random))
        random.shuffle(files)
        rulesets = read({f"{place}.nft": text for place, text in enumerate(files)})
        packets = boundary_packets(case, 200, random)
        assert kernel.load(case.files()) == ""

        assert compare(case, rulesets, packets, kernel.judge(case.hook, packets)) == []
        asked += len(packets)
    record_property("counted", f"{asked} packets")
    assert asked > 1500
