"""What one site has shown, and where fwlint disagrees with the kernel."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.oracles.site.findings import Finding
from tests.oracles.site.plan import Plan


@dataclass(frozen=True)
class Fault:
    """A disagreement of fwlint with the kernel."""

    kind: str
    seed: int
    text: str

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.kind}: {self.text}"


@dataclass
class Result:
    """What one site has shown."""

    plan: Plan
    connections: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    planted: Counter[str] = field(default_factory=Counter)
    """Mistakes by kind that the kernel feels."""
    found: Counter[str] = field(default_factory=Counter)
    """Those of them that a finding names, at the right device."""

    def fault(self, kind: str, text: str) -> None:
        """Note a disagreement."""
        self.faults.append(Fault(kind, self.plan.seed, text))

    def count(self, findings: Iterable[Finding]) -> None:
        """Count findings, and the kinds of reasons for which they are only possible."""
        for one in findings:
            self.findings["certain" if one.is_certain else "possible"] += 1
            if not one.is_certain:
                self.reasons.update(set(map(_kind, one.reasons)) or {one.check})


def _kind(reason: str) -> str:
    """A reason without what is particular about it."""
    return " ".join(word for word in reason.split() if not any(c.isdigit() for c in word))
