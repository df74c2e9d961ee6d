"""The one place where findings about flows are made, so that each has its evidence."""

from collections.abc import Iterable

from flowmodel.finding import Finding, Level, Related
from flowmodel.record import replace
from flowmodel.site import Requirement
from linter.checks.evidence import Evidence

_BLOCKED = ("FW10", "FW11")


def finding(
    check: str,
    level: Level,
    message: str,
    evidence: Evidence,
    requirement: Requirement | None,
    device: str,
    *,
    remedy: str = "",
    subject: str = "",
) -> Finding:
    """A finding with everything that proves it; `subject` tells alike ones apart in every run."""
    related = []
    if requirement is not None:
        label = "required by this" if check.startswith(_BLOCKED) else "the flow that is meant"
        related.append(Related(requirement.span, label))
    if not remedy and evidence.is_misled:
        remedy = f"translate the public address, and no port, to the machine's own on {device}"
    if not remedy and requirement is not None and check.startswith(_BLOCKED):
        remedy = f"permit {evidence.extent} on {device}, {evidence.where}"
    flow = requirement.name if requirement else ""
    return Finding(
        check=check,
        level=level,
        certainty=evidence.certainty,
        message=f"{message} on {device}",
        span=evidence.span,
        label=evidence.label,
        related=tuple(related),
        device=device,
        flow=flow,
        rows=tuple(str(row) for row in requirement.rows) if requirement else (),
        witness=evidence.witness,
        extent=evidence.extent,
        remedy=remedy,
        reasons=evidence.reasons,
        trace=evidence.trace,
        key=(check, device, flow, subject or evidence.text),
        destinations=evidence.destinations,
        title=evidence.title,
    )


def answers_remedy(evidence: Evidence, device: str) -> str:
    """What would let answers and later packets pass."""
    if not evidence.untracked:
        return f"accept packets of established connections on {device}, {evidence.where}"
    return (
        f"permit the packets behind the first one by rules of their own on {device}, "
        f"{evidence.where}: {evidence.untracked}"
    )


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, with those as one that say the same of one rule for IPv4 and for IPv6."""
    alike: dict[tuple[object, ...], Finding] = {}
    for each in findings:
        said = (each.span, each.level, each.certainty, each.message, each.label, each.key)
        first = alike.get(said)
        alike[said] = each if first is None else _both(first, each)
    return list(alike.values())


def _both(first: Finding, second: Finding) -> Finding:
    is_known = first.destinations and second.destinations
    return replace(
        first,
        extent="; ".join(dict.fromkeys((first.extent, second.extent))),
        remedy="; ".join(dict.fromkeys((first.remedy, second.remedy))),
        reasons=tuple(dict.fromkeys(first.reasons + second.reasons)),
        related=tuple(dict.fromkeys(first.related + second.related)),
        destinations=first.destinations + second.destinations if is_known else (),
    )
