"""What makes a finding the same one in the next run: its key, never a line number."""

from collections import Counter
from hashlib import sha256

from flowmodel.finding import Finding
from linter.report.visible import storable


def digest_of(finding: Finding) -> str:
    """A digest of what the finding is about; several findings can have it."""
    parts = (finding.check, finding.device, finding.flow, *(finding.key or (finding.message,)))
    return sha256("\0".join(map(storable, parts)).encode()).hexdigest()


class Fingerprints:
    """The fingerprints of one run: no two findings have the same one."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def of(self, finding: Finding) -> str:
        """A digest of what the finding is about, and how many before it are about the same."""
        digest = digest_of(finding)[:32]
        self._seen[digest] += 1
        return f"{digest}:{self._seen[digest]}"
