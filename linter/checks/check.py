"""What a check is: a value that tells its name, has its page, and looks for its findings."""

from collections.abc import Callable, Iterable, Sequence

from flowmodel.affected import Certainty
from flowmodel.finding import Finding, Level, Related
from flowmodel.record import dataclass
from flowmodel.site import Requirement
from flowmodel.source import Span
from linter.checks.evidence import Evidence
from linter.checks.lasting import lasting
from linter.checks.subject import Subject


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """One kind of finding. Each stands in a module of its own, as `CHECK`."""

    id: str
    name: str
    level: Level
    """The usual one; a finding may have another, where the page says so."""
    documentation: str
    """The module's docstring: one sentence for lists, an empty line, and the page in Markdown."""
    run: Callable[[Subject], Iterable[Finding]]
    is_last: bool = False
    """Whether it looks at what the others found and where they failed, and so runs after them."""
    is_quiet: bool = False
    """Whether it is advice that only those get who ask for it by its whole id."""
    yields_to: tuple[str, ...] = ()
    """The checks that say more of the same place: where one of them does, this one is silent.

    Of its own findings at a place, if it is among them, those are silent that say less."""
    reads_openings: bool = False
    """Whether it reads the table of what is open on each device."""

    @property
    def summary(self) -> str:
        """One sentence, for lists."""
        return self.documentation.partition("\n")[0]

    @property
    def page(self) -> str:
        """The page in Markdown: what it reports, why it matters, an example, how to mend it."""
        when = f"; only runs if `--select {self.id}` asks for it" if self.is_quiet else ""
        head = f"# {self.id} {self.name}\n\n{self.summary}\n\nUsual level: {self.level}{when}.\n\n"
        return head + self.documentation.partition("\n\n")[2]

    def finding(
        self,
        message: str,
        evidence: Evidence,
        *,
        requirement: Requirement | None = None,
        device: str = "",
        flow: str = "",
        level: Level | None = None,
        certainty: Certainty | None = None,
        related: Sequence[Related] = (),
        remedy: str = "",
        key: Sequence[str] | None = None,
        subject: str = "",
        takers: Sequence[Span] = (),
    ) -> Finding:
        """A finding of this check; nothing else makes one.

        The key must name it in every run, whatever its wording and its line: without another one
        it is the check, the device, the flow, and the text of the deciding rule or `subject`.
        `flow` names one where its rows in the document are not the point.
        """
        flow = requirement.name if requirement else flow
        return Finding(
            check=self.id,
            level=level or self.level,
            certainty=certainty or evidence.certainty,
            message=message,
            span=evidence.place.span,
            label=evidence.place.label,
            related=(*self._meant(requirement, evidence), *related),
            device=device,
            flow=flow,
            rows=tuple(str(row) for row in requirement.rows) if requirement else (),
            witness=evidence.witness,
            example=evidence.example,
            extent=evidence.extent,
            affected=evidence.affected,
            remedy=remedy or evidence.remedy,
            reasons=evidence.reasons,
            trace=evidence.trace,
            key=tuple(map(lasting, key or (self.id, device, flow, subject or evidence.text))),
            about=tuple(sorted(map(lasting, evidence.about))),
            destinations=evidence.destinations,
            title=evidence.place.title,
            missing=evidence.missing,
            takers=tuple(takers),
        )

    def _meant(self, requirement: Requirement | None, evidence: Evidence) -> tuple[Related, ...]:
        """The place of the flow that the finding is about, unless the finding stands there."""
        if requirement is None or requirement.span == evidence.place.span:
            return ()
        is_blocked = self.id.startswith("FW1")
        label = "required by this" if is_blocked else "the flow in question"
        return (Related(requirement.span, label),)
