"""A site in several formats: which of them can say it, and whether the findings are the same.

The reference is the site in iptables, which connections judge; what is not the same in another
format is a fault of fwlint or of a writer here, unless it stands in `allowed.py`.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from tests.oracles.aws import writing
from tests.oracles.site import as_aws, as_iptables, as_nft, as_pfsense, site_files
from tests.oracles.site.allowed import ALLOWED, Allowed
from tests.oracles.site.compare import judge
from tests.oracles.site.constructs import CONSTRUCTS
from tests.oracles.site.features import DEFAULT
from tests.oracles.site.findings import Finding, Report, check
from tests.oracles.site.mistakes import CONSTRUCTED
from tests.oracles.site.plain import gates, plain
from tests.oracles.site.plan import Address, Firewall, Plan
from tests.oracles.site.result import Result

Exports = dict[str, dict[str, str]]
"""The files of each device by the ends of their names; of machines in the account, none."""
CLOUD: Final = "cloud"
"""The device that is the AWS account."""


class Format(NamedTuple):
    """How firewalls are written in one format, and why some cannot be (empty where they can)."""

    unsaid: Callable[[Firewall, Plan], str]
    exports: Callable[[Firewall, Plan], dict[str, str]]


FORMATS: Final = {
    "nftables": Format(lambda *_: "", lambda firewall, _: as_nft.exports(firewall)),
    "pfSense": Format(as_pfsense.unsaid, as_pfsense.exports),
    "AWS": Format(as_aws.unsaid, lambda *_: {}),
}
"""The formats beside iptables, which says everything."""


FEATURES: Final = (
    DEFAULT
    - {"narrow_links", "mtu_errors_dropped", "mapped_ports", "named_uplinks"}
    - frozenset(CONSTRUCTS)
    - CONSTRUCTED
    - {"told_apart"}
)
"""Big data, and what site files and policies say, meet the same in all formats. Which machine of a
role a device is, an AWS account tells of each interface, and rules of netfilter do not: where a
site leaves it open (`told_apart`), the one is certain and the other is not."""


class Comparison(NamedTuple):
    """A site in one format beside the same in iptables."""

    format: str
    said: int
    """How many firewalls are written in the format."""
    unsaid: Counter[str]
    """Why others are not."""
    findings: int = 0
    differences: tuple[str, ...] = ()
    allowed: frozenset[str] = frozenset()
    """What of `ALLOWED` both differ in."""


_RULE_BASE = ("FW3", "FW402")
"""What the ids of checks begin with that look at rules alone, or at what is for a device itself:
netfilter has a chain for that, and other formats have not."""


def reference(plan: Plan) -> Report:
    """What fwlint says of a plain plan in iptables."""
    return _checked(plan, {one.device: as_iptables.exports(one) for one in plan.firewalls})


def compared(plan: Plan, name: str, expected: Report) -> Comparison:
    """A plain plan in the format, as far as that can say it, beside its reference."""
    exports, unsaid = exports_of(plan, name)
    count = len(exports) - unsaid.total()
    if not count:
        return Comparison(name, 0, unsaid)
    found = _checked(plan, exports)
    if refused := expected.refused or found.refused:
        return Comparison(name, count, unsaid, 0, (f"refused: {refused}",))
    names = {f"{CLOUD}/{as_aws.interface_id(f, plan)}": f.device for f in plan.firewalls}
    after = [replace(one, device=names.get(one.device, one.device)) for one in found.findings]
    differ = partial(_differences, plan, expected.findings, after)
    mine = {key: one for key, one in ALLOWED.items() if one.format == name}
    left = differ(mine.values())
    used = {key for key in mine if differ(mine[k] for k in mine if k != key) != left}
    return Comparison(name, count, unsaid, len(after), left, frozenset(used))


def exports_of(plan: Plan, name: str) -> tuple[Exports, Counter[str]]:
    """The files by device, in the format where it can say them, and why others are in iptables."""
    format_ = FORMATS[name]
    reasons = {one.device: format_.unsaid(one, plan) for one in plan.firewalls}
    inside = [one for one in plan.firewalls if not reasons[one.device]]
    if name == "AWS" and as_aws.is_partial(plan, inside):
        reasons = {device: reason or as_aws.PARTIAL for device, reason in reasons.items()}
    exports = {
        one.device: as_iptables.exports(one) if reasons[one.device] else format_.exports(one, plan)
        for one in plan.firewalls
    }
    return exports, Counter(reason for reason in reasons.values() if reason)


def _checked(plan: Plan, exports: Exports) -> Report:
    with tempfile.TemporaryDirectory(prefix="fwlint-formats-") as folder:
        found = check(write(plan, exports, Path(folder)))
    # What the rule base itself is worth is a matter of how the writer has put it.
    kept = (one for one in found.findings if not one.check.startswith(_RULE_BASE))
    return replace(found, findings=tuple(kept))


def write(plan: Plan, exports: Exports, folder: Path) -> Path:
    """Write the site with these files of its devices; the path of the site file."""
    told = tuple(
        replace(one, written=tuple(exports[one.device].items()))
        for one in plan.firewalls
        if exports[one.device]
    )
    path = site_files.write(replace(plan, firewalls=told), folder)
    site = json.loads(path.read_text())
    for one in told:
        if "xml" not in exports[one.device]:
            site["devices"][one.device]["addresses"] = _own(plan, one)
    if inside := [one for one in plan.firewalls if not exports[one.device]]:
        form = tuple(writing.FORMS)[plan.seed % len(writing.FORMS)]
        writing.write(as_aws.account(inside, plan), folder / CLOUD, form, Random(plan.seed))
        site["devices"][CLOUD] = {"config": CLOUD}
    path.write_text(json.dumps(site, indent=1))
    return path


def _own(plan: Plan, firewall: Firewall) -> list[str]:
    """The addresses that a device has: other exports tell them, rules of netfilter do not."""
    if firewall.machine:
        own: list[Address] = list(plan.machine(firewall.machine).every)
    else:
        router = next(one for one in plan.routers if one.name == firewall.device)
        own = [gate.ip for each in gates(plan, router).values() for gate in each]
        own += dict.fromkeys(p.address for p in plan.publics if p.router == router.name)
    return [f"{one}" for one in own if one.version == 4 or firewall.ipv6]


def _differences(
    plan: Plan, expected: Sequence[Finding], found: Sequence[Finding], allowed: Iterable[Allowed]
) -> tuple[str, ...]:
    kept = tuple(allowed)
    before, after = (
        said(left for one in each if (left := _left(one, plan, kept))) for each in (expected, found)
    )
    return tuple(
        f"{sign} {' '.join(key)} {box}"[:1500]
        for sign, left, right in (("-", before, after), ("+", after, before))
        for key in left
        for box in (left[key] - right.get(key, Counter())).elements()
    )


def _left(finding: Finding, plan: Plan, allowed: Iterable[Allowed]) -> Finding | None:
    """The finding without what may differ."""
    left: Finding | None = finding
    for one in allowed:
        left = one.without(left, plan) if left else None
    return left


def said(findings: Iterable[Finding]) -> dict[tuple[str, ...], Counter[str]]:
    """What findings say of packets, without what they say of rules and files.

    What is said of both families in one finding, where one chain has both, is said in two of
    iptables; so all packets of findings of a kind are counted together, and what has none is once.
    """
    found: dict[tuple[str, ...], Counter[str]] = {}
    for one in findings:
        certainty = "certain" if one.is_certain else "possible"
        key = (one.check, one.flow, one.device, certainty, one.level)
        its = found.setdefault(key, Counter())
        its.update(json.dumps(box) for box in one.boxes)
        its["no packets"] |= not one.boxes
        its["and more"] |= not one.is_complete
    return {key: +its for key, its in found.items()}


def judged(plan: Plan) -> tuple[Result, list[Comparison]]:
    """What connections say of the reference, and each format beside it; differences are faults."""
    single = plain(plan)
    expected = reference(single)
    result = judge(single, expected)
    comparisons = [compared(single, name, expected) for name in FORMATS]
    for one in comparisons:
        for text in one.differences:
            result.fault(f"not the same in {one.format}", text)
    return result, comparisons


def counted(comparisons: Iterable[Comparison]) -> list[str]:
    """How many sites and firewalls each format can say, and why it cannot say others."""
    lines = []
    for name, group in by_format(comparisons).items():
        sites = sum(bool(one.said) for one in group)
        firewalls = sum(one.said for one in group)
        findings = sum(one.findings for one in group)
        lines.append(
            f"{name}: {sites} of {len(group)} sites, {firewalls} firewalls, {findings} findings"
        )
        unsaid = sum((one.unsaid for one in group), Counter[str]())
        lines += [f"  {count} not: {reason}" for reason, count in unsaid.most_common()]
        allowed = Counter(key for one in group for key in one.allowed)
        lines += [f"  {count} allowed: {key}" for key, count in allowed.most_common()]
    return lines


def by_format(comparisons: Iterable[Comparison]) -> dict[str, list[Comparison]]:
    """The comparisons of each format."""
    found: dict[str, list[Comparison]] = {name: [] for name in FORMATS}
    for one in comparisons:
        found[one.format].append(one)
    return found
