"""Chains without rules: `nft list chains` prints the chains of a rule set without their rules."""

from collections.abc import Iterator

from flowmodel.ruleset import Gap
from parsers.nftables.state import State


def ruleless(state: State) -> Iterator[Gap]:
    """A remark if no chain has a rule and one drops everything: that is rarely all there is."""
    chains = [each for table in state.tables.values() for each in table.chains.values()]
    if any(each.rules for each in chains):
        return
    for each in chains:
        if each.base is not None and each.policy == "drop":
            message = (
                "no chain in the export has a rule, as if `nft list chains` had printed it: if so, "
                "what is said here is wrong, and `nft list ruleset` has the rules"
            )
            yield Gap("FW902", message, each.span, each.name)
            return
