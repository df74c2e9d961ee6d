"""What a person has cut out of an answer (`--query`) is unknown, and not taken for nothing."""

import pytest

from flowmodel.source import InputError
from linter.engine.device.trace import Tracer
from tests.oracles.aws.hand_made import hand_made
from tests.oracles.aws.verdicts import packet
from tests.oracles.aws.writing import documents
from tests.parsers.aws.test_hostile import read

NO_RULE = "udp 198.51.100.99:40000 > 10.0.1.10:443"
DENIED = "tcp 203.0.113.8:40000 > 10.0.1.10:443"
PERMITTED = "tcp 198.51.100.99:40000 > 10.0.1.10:443"

CASES = [
    ("SecurityGroups", 0, "IpPermissions", NO_RULE, "unknown"),
    ("SecurityGroups", 0, "IpPermissionsEgress", NO_RULE, "drop"),
    ("NetworkAcls", 0, "Entries", DENIED, "unknown"),
    ("NetworkAcls", 0, "Associations", DENIED, "unknown"),
    ("NetworkAcls", 1, "Entries", DENIED, "drop"),
    ("NetworkInterfaces", 0, "SubnetId", PERMITTED, "unknown"),
    ("NetworkInterfaces", 0, "OwnerId", PERMITTED, "accept"),
    ("NetworkInterfaces", 0, "Groups", NO_RULE, "unknown"),
    ("NetworkInterfaces", 1, "Groups", NO_RULE, "drop"),
]


@pytest.mark.parametrize(("kind", "index", "key", "asked", "expected"), CASES, ids=str)
def test_a_key_that_was_cut_out_is_unknown_where_it_decides(
    kind: str, index: int, key: str, asked: str, expected: str
) -> None:
    made = hand_made()
    del made.lists[kind][index][key]
    rulesets = [each for each in read(dict(documents(made))) if each.place == "eni-0web"]
    (answer,) = Tracer(rulesets, "input").traces([packet(asked)])

    assert answer.verdict == expected
    assert bool(answer.unread) == (expected == "unknown")


IDS = {
    "SecurityGroups": "GroupId",
    "NetworkAcls": "NetworkAclId",
    "NetworkInterfaces": "NetworkInterfaceId",
    "Subnets": "SubnetId",
    "PrefixLists": "PrefixListId",
}


@pytest.mark.parametrize("kind", IDS)
def test_what_has_no_id_is_refused(kind: str) -> None:
    assert refusal(kind, IDS[kind]) == (
        f"`{IDS[kind]}` is missing: nothing else tells what this is",
        3,
    )


def refusal(kind: str, key: str) -> tuple[str, int]:
    """The error, and its line, where the first element of a kind lacks a key."""
    made = hand_made()
    del made.lists[kind][0][key]
    with pytest.raises(InputError) as raised:
        read(dict(documents(made)))
    return raised.value.message, raised.value.span.line
