"""What the exports and the site say badly, as findings: gaps (FW9xx) and problems (FW5xx)."""

from collections.abc import Iterable, Mapping, Sequence

from flowmodel.finding import Finding, Related
from flowmodel.ruleset import Gap, RuleSet
from flowmodel.site import Problem
from flowmodel.source import InputError
from linter.checks.catalogue import BY_ID

_SHOWN = 3
_REMEDIES = {
    "FW307": "define the missing object, add it to the exports, or remove the reference",
    "FW313": "rewrite it so that the device loads what you intend",
}


def of_rulesets(rulesets: Mapping[str, Sequence[RuleSet]]) -> list[Finding]:
    """A finding for each gap of each device; equal remarks about one export are one finding."""
    return [
        _gap(device, alike)
        for device, exports in rulesets.items()
        # One remark about a rule that is loaded twice, for both families, is one.
        for alike in _alike(dict.fromkeys(gap for export in exports for gap in export.gaps))
    ]


def _alike(gaps: Iterable[Gap]) -> Iterable[list[Gap]]:
    groups: dict[tuple[str, ...], list[Gap]] = {}
    for gap in gaps:
        # Each rule that is lost is a place to look at; a match outside the model is not.
        place = "" if gap.check == "FW902" else str(gap.span)
        groups.setdefault((gap.check, gap.span.path, gap.message, place), []).append(gap)
    return groups.values()


def _gap(device: str, gaps: Sequence[Gap]) -> Finding:
    first = gaps[0]
    return Finding(
        check=first.check,
        level=BY_ID[first.check].level,
        certainty="certain",
        message=first.message,
        span=first.span,
        related=(
            *([Related(first.field, "this part")] if first.field else []),
            *(Related(gap.span, "also here", _title(gap)) for gap in gaps[1 : 1 + _SHOWN]),
        ),
        device=device,
        remedy=_REMEDIES.get(first.check, ""),
        extent=f"{len(gaps)} places" if len(gaps) > 1 else "",
        key=(device, first.message, first.text),
        title=_title(first),
    )


def _title(gap: Gap) -> str:
    """What stands at a place of several lines; the first one of them may be a bare `<rule>`."""
    return gap.text if gap.span.last_line > gap.span.line else ""


def of_problems(problems: Iterable[Problem]) -> list[Finding]:
    """A finding for each thing that the site or a policy gets wrong."""
    return [
        Finding(
            check=problem.check,
            level=BY_ID[problem.check].level,
            certainty="certain",
            message=problem.message,
            span=problem.span,
            remedy=problem.remedy,
            key=(problem.message,),
        )
        for problem in problems
    ]


def of_failure(error: InputError, device: str = "") -> Finding:
    """The finding for an input that cannot be read."""
    return Finding(
        check="FW904",
        level="error",
        certainty="certain",
        message=error.message,
        span=error.span,
        device=device,
        key=(device, error.message),
    )
