"""What one site has shown, and where fwlint disagrees with the kernel."""

from collections import Counter
from dataclasses import dataclass, field

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
