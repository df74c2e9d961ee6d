"""What makes a finding the same one in the next run: its key, never a line number."""

from collections import Counter
from hashlib import sha256

from flowmodel.finding import Finding
from linter.report.visible import storable


def digest_of(finding: Finding, its_input: str = "") -> str:
    """A digest of what the finding is about; several findings can have it.

    Two sites of one run can each have a device `edge`, so that the input counts. A device that is
    called after its input says so itself.
    """
    parts = (finding.check, finding.device, finding.flow, *(finding.key or (finding.message,)))
    if its_input not in ("", finding.device):
        parts = (*parts, its_input)
    return sha256("\0".join(map(storable, parts)).encode()).hexdigest()


class Fingerprints:
    """The fingerprints of one input: no two findings have the same one."""

    def __init__(self, its_input: str = "") -> None:
        self._input = its_input
        self._seen: Counter[str] = Counter()

    def of(self, finding: Finding) -> str:
        """A digest of what the finding is about, and how many before it are about the same."""
        digest = digest_of(finding, self._input)[:32]
        self._seen[digest] += 1
        return f"{digest}:{self._seen[digest]}"
