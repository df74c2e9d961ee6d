"""When nothing of a prefix list's entries is certain: its state, and two answers that differ."""

from typing import Any

import pytest

from tests.parsers.aws.samples import (
    account,
    answer,
    group,
    interface,
    permission,
    rulesets,
    source,
)

_NAMED = permission("tcp", 22, PrefixListIds=[{"PrefixListId": "pl-01"}])
_IN, _OUT = "tcp 198.51.100.9:1 > 10.0.1.10:22", "tcp 192.0.2.9:1 > 10.0.1.10:22"
_V6 = "tcp [2001:db8:7::1]:1 > [2001:db8:1::10]:22"
_ENTRIES = source({"Entries": [{"Cidr": "198.51.100.0/28"}]}, "pl-01.json")
_CUT = source({"Entries": [{"Cidr": "198.51.100.0/28"}], "NextToken": "more"}, "pl-01.json")


def _asked(*entries: Any, **more: object) -> tuple[list[str], list[str]]:
    """The verdicts on packets of an entry's source, of another one and of IPv6; and the remarks."""
    named = {"PrefixListId": "pl-01", "AddressFamily": "IPv4", **more}
    lists = account(
        SecurityGroups=[group("sg-one", [_NAMED])],
        NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one", v6="2001:db8:1::10")],
        PrefixLists=[named],
    )
    found = rulesets(lists, *entries)
    verdicts = [answer(found[:1], "input", packet).verdict for packet in (_IN, _OUT, _V6)]
    return verdicts, [gap.message for gap in found[0].gaps]


# EC2 API Reference, ManagedPrefixList, state.
SETTLED = ("create-complete", "modify-complete", "restore-complete")
UNSETTLED = (
    *("create-in-progress", "create-failed", "modify-in-progress", "modify-failed"),
    *("restore-in-progress", "restore-failed"),
    *("delete-in-progress", "delete-complete", "delete-failed", "modify-complet"),
)


@pytest.mark.parametrize("state", SETTLED)
def test_the_entries_of_a_settled_list_count(state: str) -> None:
    assert _asked(_ENTRIES, State=state) == (["accept", "drop", "drop"], [])


@pytest.mark.parametrize("state", UNSETTLED)
def test_which_entries_count_in_another_state_is_unknown(state: str) -> None:
    # The rules that refer to it may have another version of the list.
    message = f"the state of pl-01 is {state}: whether a rule that names it matches counts as "
    assert _asked(_ENTRIES, State=state) == (["unknown", "unknown", "drop"], [f"{message}unknown"])


ANSWERS = {
    "equal": (_ENTRIES, ["198.51.100.0/28"], ["accept", "drop", "drop"]),
    "equal in other pieces": (
        _ENTRIES,
        ["198.51.100.0/29", "198.51.100.8/29"],
        ["accept", "drop", "drop"],
    ),
    "the first page": (_CUT, ["198.51.100.0/28", "192.0.2.0/24"], ["accept", "accept", "drop"]),
    "one more": (_ENTRIES, ["198.51.100.0/28", "192.0.2.0/24"], ["unknown", "unknown", "drop"]),
    "one less": (_ENTRIES, [], ["unknown", "unknown", "drop"]),
    "others": (_ENTRIES, ["192.0.2.0/24"], ["unknown", "unknown", "drop"]),
    "others on the first page": (_CUT, ["192.0.2.0/24"], ["unknown", "unknown", "drop"]),
}


@pytest.mark.parametrize(("entries", "cidrs", "verdicts"), ANSWERS.values(), ids=ANSWERS)
def test_two_answers_about_one_list_agree_or_nothing_is_certain(
    entries: Any, cidrs: list[str], verdicts: list[str]
) -> None:
    message = (
        "two answers differ on the entries of pl-01: whether a rule that names it matches counts "
        "as unknown"
    )

    assert _asked(entries, Cidrs=cidrs) == (verdicts, [message] if "unknown" in verdicts else [])
