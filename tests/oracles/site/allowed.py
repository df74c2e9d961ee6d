"""What two formats may say differently of one site: the platforms' own rules and knowledge.

What a platform does by rules of its own, the reference has as rules (`plain.PORT_ZERO`, `CARP`,
`ALL_PORTS`); here is what is left.
"""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv6Address
from typing import Final, NamedTuple

from tests.oracles.site.findings import Box, Finding
from tests.oracles.site.plan import Plan

_LINK_LOCAL: Final = (int(IPv6Address("fe80::")), int(IPv6Address("fe80::")) | (1 << 118) - 1)

_SOURCE_PORT: Final = "sport is not known"

_GROUPS: Final = ("224.0.0.0/4", "ff00::/8")


class Allowed(NamedTuple):
    """One difference: in which format, why, and what of a finding it takes away in both."""

    format: str
    source: str
    without: Callable[[Finding, Plan], Finding | None]
    """What is left of a finding."""


def _source_port(finding: Finding, _: Plan) -> Finding | None:
    if finding.check == "FW109" and _SOURCE_PORT in finding.reasons:
        return None
    if finding.reasons != (_SOURCE_PORT,):
        return finding
    boxes = tuple(box | {"certainty": "certain"} for box in finding.boxes)
    return replace(finding, is_certain=True, boxes=boxes)


def _link_local(finding: Finding, _: Plan) -> Finding | None:
    if finding.check == "FW215" and finding.reasons and all(map(_is_own, finding.reasons)):
        return None
    boxes = [_beside(box) for box in finding.boxes]
    return replace(finding, boxes=tuple(box for box in boxes if box["destinations"]))


def _is_own(reason: str) -> bool:
    return reason.startswith("destinations: the link-local address of ")


def _beside(box: Box) -> Box:
    """The box without link-local destinations."""
    if box["family"] != 6 or box["hook"] != "forward":
        return box
    low, high = _LINK_LOCAL
    kept: list[list[str]] = []
    for first, last in (map(int, map(IPv6Address, each)) for each in box["destinations"]):
        for left, right in ((first, min(last, low - 1)), (max(first, high + 1), last)):
            if left <= right:
                kept.append([f"{IPv6Address(left)}", f"{IPv6Address(right)}"])
    return box | {"destinations": kept}


def _no_address(finding: Finding, plan: Plan) -> Finding | None:
    machines = {one.device: one.machine for one in plan.firewalls if one.machine}
    if finding.is_certain or finding.device not in machines:
        return finding
    has = {address.version for address in plan.machine(machines[finding.device]).every}
    boxes = tuple(box for box in finding.boxes if box["family"] in has)
    return replace(finding, boxes=boxes) if boxes else None


def _for_many(finding: Finding, _: Plan) -> Finding | None:
    to_many = any(f" to {group}" in finding.affected for group in _GROUPS)
    return None if finding.check == "FW215" and to_many else finding


def _default(finding: Finding, plan: Plan) -> Finding | None:
    policies = {one.device: one.forward.policy for one in plan.firewalls}
    is_default = finding.check in ("FW201", "FW215") and policies.get(finding.device) == "accept"
    return None if is_default else finding


ALLOWED: Final = {
    "the port that source NAT chooses": Allowed(
        "pfSense",
        "filter.inc, filter_nat_rules_generate_if: `port 1024:65535`; of the kernel's, fwlint says"
        " that it may be any",
        _source_port,
    ),
    "what a default policy lets through, which takes a rule": Allowed(
        "pfSense",
        "filter.inc, filter_rules_generate: the default is a deny, whatever is set. FW306 tells of"
        " a policy, and what looks at rules alone is not compared",
        _default,
    ),
    "packets for many machines, which `(self)` does not mean": Allowed(
        "pfSense",
        "pf.conf(5), PARAMETERS: `self` is all addresses of the machine's interfaces. What passes"
        " to any passes to groups: a rule of pf is about what comes for it and what it sends on",
        _for_many,
    ),
    "link-local addresses, which nobody forwards": Allowed(
        "pfSense",
        "RFC 4291, 2.5.6; of an interface's own, no export tells more than fe80::/10 (limits.md)",
        _link_local,
    ),
    "a family in which a machine has no address": Allowed(
        "AWS",
        "describe-network-interfaces tells all addresses of an interface; `addresses:` of a site"
        " those of the families that it names",
        _no_address,
    ),
}
"""By names in words. A line that no site needs any more is found by a test, and deleted."""
