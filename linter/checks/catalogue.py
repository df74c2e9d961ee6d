"""Every check that there is: the list of their modules, and what can be said without loading one.

A module is named after its check, so that ids and names cost no start: what a run does not ask for
is not imported.
"""

from importlib import import_module
from typing import Final

from linter.checks.check import Check

MODULES: Final = (
    "required.fw101_required_flow_blocked",
    "required.fw102_required_ports_partly_blocked",
    "required.fw103_required_flow_only_for_some_peers",
    "required.fw104_return_traffic_blocked",
    "required.fw105_required_flow_missing_in_one_family",
    "required.fw106_no_alternative_open",
    "required.fw107_port_differs_between_ends",
    "required.fw108_disabled_rule_was_the_required_one",
    "required.fw109_cannot_decide",
    "required.fw110_named_peer_pinned_to_addresses",
    "required.fw111_lifeline_is_fragile",
    "required.fw112_follow_on_ports_blocked",
    "required.fw113_opposite_end_unchecked",
    "required.fw114_neighbour_discovery_blocked",
    "required.fw115_path_mtu_errors_blocked",
    "exposure.fw201_permits_everything",
    "exposure.fw202_source_too_broad",
    "exposure.fw203_admin_port_from_internet",
    "exposure.fw204_internal_port_exposed",
    "exposure.fw205_undeclared_opening",
    "exposure.fw206_port_range_too_broad",
    "exposure.fw207_destination_too_broad",
    "exposure.fw208_undeclared_egress",
    "exposure.fw209_other_protocol_open",
    "exposure.fw210_cleartext_from_internet",
    "exposure.fw211_wrong_address_of_the_role",
    "exposure.fw212_forbidden_flow_permitted",
    "exposure.fw213_left_over_opening",
    "exposure.fw214_old_port_still_open",
    "exposure.fw215_marked_port_open",
    "rulebase.fw301_shadowed_rule",
    "rulebase.fw302_redundant_rule",
    "rulebase.fw303_rule_never_matches",
    "rulebase.fw304_unreachable_chain",
    "rulebase.fw305_partly_shadowed_rule",
    "rulebase.fw306_no_default_deny",
    "rulebase.fw307_undefined_object",
    "rulebase.fw308_unused_object",
    "rulebase.fw309_disabled_rule",
    "rulebase.fw310_expired_rule",
    "rulebase.fw311_nat_without_filter",
    "rulebase.fw312_stateless_reply_hole",
    "rulebase.fw313_rule_not_loaded_as_written",
    "rulebase.fw314_deny_never_denies",
    "rulebase.fw315_published_past_input",
    "rulebase.fw316_connection_cannot_go_on",
    "rulebase.fw317_invalid_accepted_first",
    "rulebase.fw318_known_connections_late",
    "rulebase.fw319_lock_out",
    "rulebase.fw320_zero_hits",
    "rulebase.fw321_mergeable_rules",
    "rulebase.fw322_rule_without_comment",
    "rulebase.fw401_ipv6_unfiltered",
    "rulebase.fw402_families_differ",
    "site.fw501_unbound_role",
    "site.fw502_unused_binding",
    "site.fw503_unanswered_option",
    "site.fw504_fixed_port_changed",
    "site.fw505_parameter_out_of_range",
    "site.fw506_topology_mismatch",
    "site.fw507_port_collision",
    "site.fw508_policies_disagree",
    "site.fw509_policy_row_uncited",
    "site.fw510_stale_acceptance",
    "input.fw901_line_not_understood",
    "input.fw902_match_not_modelled",
    "input.fw903_truncated_export",
    "input.fw904_input_not_evaluated",
)

_MODULES: Final = {each.rpartition(".")[2].partition("_")[0].upper(): each for each in MODULES}
IDS: Final = tuple(_MODULES)
_ALONE = ("rulebase", "input")
"""The rooms of checks that need no site: they look at exports by themselves."""
_ALSO_ALONE = ("FW201", "FW215")
"""Other checks that have something to say without one."""
ALONE: Final = tuple(
    each for each in IDS if _MODULES[each].partition(".")[0] in _ALONE or each in _ALSO_ALONE
)
_BY_PARSERS = ("FW307", "FW313", "FW901", "FW902", "FW903")
_BY_POLICIES = ("FW501", "FW502", "FW503", "FW504", "FW505", "FW507", "FW508", "FW509")
NOTED: Final = frozenset((*_BY_PARSERS, *_BY_POLICIES))
"""Those that tell what was noted while files were read, and nothing else: where nothing was, they
need not be loaded."""
QUIET: Final = frozenset({"FW305", "FW309", "FW321", "FW322"})
"""Advice that only those get who ask for it by its whole id: as `Check.is_quiet` of each says."""
FAILED: Final = "FW904"
"""What could not be evaluated: the report keeps these apart, and the exit status is 2."""


_HEAD: Final = """# Checks

Every finding has the id and the name of a check; `fwlint explain FW203` prints its page.

| ids | what they are about |
|---|---|
| FW1 | what must work: connections that are required |
| FW2 | what is open and should not be |
| FW3 | the rules themselves, without a site or a policy |
| FW4 | IPv6 beside IPv4 |
| FW5 | site files and policies |
| FW9 | what could not be read |

The rest of this page is made from the modules in `linter/checks` (`python3 dev.py docs`).
"""


def name(check: str) -> str:
    """The name of a check by its id."""
    return _MODULES[check].partition("_")[2].replace("_", "-")


def find(text: str) -> str:
    """The id of the check with this id or name, in any case; empty if there is none."""
    known = text.upper(), text.lower()
    return next((each for each in IDS if each == known[0] or name(each) == known[1]), "")


def load(check: str) -> Check:
    """The check of this id."""
    found: Check = import_module(f"linter.checks.{_MODULES[check]}").CHECK
    return found


def every() -> tuple[Check, ...]:
    """All checks, in the order of their ids."""
    return tuple(map(load, IDS))


def pages() -> str:
    """All pages as one Markdown document: what docs/checks.md holds."""
    shifted = (check.page.replace("# ", "## ", 1) for check in every())
    listed = "".join(
        f"| [{check.id}](#{check.id.lower()}-{check.name}) | {check.name} | {check.level} |"
        f" {check.summary} |\n"
        for check in every()
    )
    return (
        f"{_HEAD}\n"
        f"| id | name | usual level | reports |\n|---|---|---|---|\n{listed}\n" + "\n".join(shifted)
    )
