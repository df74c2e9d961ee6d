"""Fixes that are proved: the edited files are read again, and asked again.

What is asked is which packets fare otherwise than before, of all that there are, and what the
checks find then. An edit that changes anything else than it is meant to is told to nobody.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import process_time

from flowfiles.reach import RefusedError
from flowmodel.finding import Finding
from flowmodel.fix import Edit, Fix
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import Site
from flowmodel.source import InputError, InputErrors
from linter.engine.device.compare import Difference
from linter.fixes.kept import Keeper
from linter.fixes.narrowing import Excess
from linter.fixes.places import RuleSets
from linter.fixes.proof import Proof, no_more_begins, proved, same_for_first_packets
from linter.fixes.proposals import (
    FAMILIES,
    FIXED,
    IDLE,
    LATENT,
    MOVED,
    NARROWED,
    OPENINGS,
    REMOVED,
    UNUSED,
    Proposal,
    may_forward,
    narrowed,
    proposals,
)
from linter.fixes.texts import HiddenError, clash, edited
from linter.fixes.twins import paired, twins

Exports = Mapping[str, RuleSets]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What fixes are proved with."""

    site: Site
    keeper: Keeper
    """What rules must still let pass."""
    accepted: tuple[Finding, ...]
    """What the site accepts."""
    exports: Exports
    """Of each device, as they were read."""
    read: Callable[[str, Sequence[Edit]], RuleSets]
    """The exports of a device once more, with edits in their files; raises InputError."""
    find: Callable[[Exports], Sequence[Finding]]
    """What all checks find in exports."""
    seconds: float
    """The processor time that one comparison may take."""
    until: float
    """The processor time after which no more is tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Fixed:
    """A finding with its proved fix."""

    finding: Finding
    proposal: Proposal
    fix: Fix


class Prover:
    """Proves fixes of one run; what the checks find without any is asked once."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._before: Sequence[Finding] | None = None
        self._refused: set[tuple[str, tuple[Edit, ...]]] = set()
        self._mended: dict[tuple[object, ...], Fixed] = {}
        """Findings that an edit mends together with others, by what tells them apart."""
        self.untried = 0
        """How many findings were left as the time was up."""

    def fixed(self, finding: Finding) -> "Fixed | str":
        """The finding with the first fix that is proved; else why there is none."""
        device = self._device(finding)
        if finding.check not in FIXED:
            return f"fwlint makes no edits for {finding.check}"
        if not device:
            return "the finding is not about the exports of one device"
        if finding.certainty != "certain":
            return "nothing can be proved of what is only possible"
        if (known := self._mended.get(_named(finding))) is not None:
            return replace(known, finding=replace(finding, fix=known.fix))
        tried = 0
        for others, each in self._candidates(device, finding):
            if process_time() > self._asked.until:
                self.untried += 1
                return "the time was up (a larger --work-limit gives more)"
            tried += 1
            fix = self._fix(device, [finding, *others], each)
            if fix is not None:
                for other in others:
                    self._mended[_named(other)] = Fixed(other, each, fix)
                return Fixed(replace(finding, fix=fix), each, fix)
        if tried < 2:
            return "the one that was tried is not proved" if tried else "none could be drawn up"
        return f"none of the {tried} that were tried is proved"

    def _candidates(
        self, device: str, finding: Finding
    ) -> Iterator[tuple[Sequence[Finding], Proposal]]:
        """What may mend a finding, alone or with its twin of the other address family."""
        exports = self._asked.exports[device]
        yield from (((), each) for each in self._proposals(exports, finding))
        if finding.check in REMOVED:
            return
        accepted = set(map(_named, self._asked.accepted))
        others = [each for each in self._found() if _named(each) not in accepted]
        for twin in twins(exports, finding, others):
            mine, its = (self._proposals(exports, each) for each in (finding, twin))
            yield from (([twin], both) for both in paired(mine, its))

    def _fix(self, device: str, findings: Sequence[Finding], each: Proposal) -> Fix | None:
        """The edit as a fix of all findings; None where it is not proved."""
        known = device, each.draft.edits
        if len(findings) == 1 and known in self._refused:
            return None
        proof = self._proof(device, [(finding, each) for finding in findings], each.draft.edits)
        if proof is None:
            if len(findings) == 1 and findings[0].check in NARROWED:
                # One rule has many findings, and all have these edits.
                self._refused.add(known)
            return None
        edits = tuple(sorted(each.draft.edits, key=lambda e: (e.path, e.line)))
        return Fix(edits, each.draft.commands, each.draft.steps, proof.effect)

    def _proposals(self, exports: RuleSets, finding: Finding) -> Iterator[Proposal]:
        if finding.check not in NARROWED:
            yield from proposals(self._asked.site, exports, finding)
            return
        keeper = self._asked.keeper
        found, accepted = (
            [e for e in some if e.span == finding.span and e.check.startswith(OPENINGS)]
            for some in (self._found(), self._asked.accepted)
        )
        boxes = tuple(box for e in accepted if e.affected for box in e.affected.boxes)
        excess = Excess(keeper.site, tuple(found), exports, boxes)
        yield from narrowed(exports, finding, excess, keeper)

    def _found(self) -> Sequence[Finding]:
        """What all checks find now."""
        if self._before is None:
            self._before = self._asked.find(self._asked.exports)
        return self._before

    def together(self, all_fixed: Iterable[Fixed]) -> list[Fixed]:
        """Those fixes that can be made together.

        Of two rules that each change nothing as long as the other one is there, one is left.
        """
        chosen: list[Fixed] = []
        for each in all_fixed:
            device = self._device(each.finding)
            mine = [one for one in chosen if self._device(one.finding) == device]
            if any(one.fix.edits == each.fix.edits for one in mine):
                # All that is too much of one rule is one edit, however many findings it has.
                chosen.append(each)
                continue
            edits = list(dict.fromkeys(edit for one in mine for edit in one.fix.edits))
            if any(clash(one, other) for one in edits for other in each.fix.edits):
                continue
            pairs = [(one.finding, one.proposal) for one in (*mine, each)]
            if self._proof(device, pairs, [*edits, *each.fix.edits]) is not None:
                chosen.append(each)
        return chosen

    def _device(self, finding: Finding) -> str:
        """The device whose exports a finding is about, which may name one machine of an account."""
        name = finding.device
        return name if name in self._asked.exports else _account(name, self._asked.exports)

    def _proof(
        self, device: str, pairs: Sequence[tuple[Finding, Proposal]], edits: Sequence[Edit]
    ) -> Proof | None:
        """That all edits together change what they are meant to, and nothing else."""
        old = self._asked.exports[device]
        new = self._read(device, edits)
        if new is None:
            return None
        all_meant = [each.meant(new, edits) for _, each in pairs]

        def is_meant(difference: Difference) -> bool:
            return any(each(difference) for each in all_meant)

        forwards = may_forward(new)
        proof = proved(old, new, is_meant, self._asked.seconds, forwards=forwards)
        alone = [box for _, each in pairs for box in each.alone]
        if alone and not no_more_begins(new, alone, self._asked.seconds, forwards=forwards):
            return None
        is_one = all(each is pairs[0][1] for _, each in pairs)
        if proof is None or (is_one and not self._is_whole(device, new, pairs[0][1])):
            return None
        findings = [finding for finding, _ in pairs]
        if all(finding.check in REMOVED for finding in findings):
            return proof
        return proof if self._mends(device, new, findings) else None

    def _is_whole(self, device: str, new: RuleSets, each: Proposal) -> bool:
        if each.whole is None or each.whole.edits == each.draft.edits:
            return True
        top = self._read(device, each.whole.edits)
        return top is not None and same_for_first_packets(new, top, self._asked.seconds)

    def _mends(self, device: str, new: RuleSets, findings: Sequence[Finding]) -> bool:
        """Whether the findings are gone, and no others are there."""
        before = Counter(map(_identity, self._found()))
        differing = {_about(each) for each in self._found() if each.check == FAMILIES}
        found = self._asked.find({**self._asked.exports, device: new})
        flows = {each.flow for each in findings}
        # What was open before can be told in other words where less of it is open.
        only_moves = all(each.check in MOVED for each in findings)
        only_closes = all(each.check in (*MOVED, *NARROWED) for each in findings)
        after = Counter(
            _identity(each)
            for each in found
            if not (each.check in LATENT and each.flow and each.flow in flows)
            and not (only_moves and each.check.startswith(OPENINGS))
            and not (only_closes and each.check == FAMILIES and _about(each) in differing)
            and not (only_closes and each.check == UNUSED)
        )
        mended = Counter(map(_identity, findings))
        # What is said twice of a rule then, as of two ranges of addresses, is nothing new.
        is_gone = all(after[each] <= before[each] - count for each, count in mended.items())
        more = [each for each in found if _identity(each) in after.keys() - before.keys()]
        return is_gone and (not more or self._are_told_before(findings, more))

    def _are_told_before(self, findings: Sequence[Finding], new: Iterable[Finding]) -> bool:
        """Whether others of the same kind are about a rule with other words now.

        What it lets through is less than before.
        """
        mended = {_kind(each) for each in findings}
        spans = {each.span for each in findings}
        known = {_kind(each) for each in self._found() if each.span in spans} - mended
        is_narrowed = all(each.check in NARROWED for each in findings)
        return is_narrowed and all(_kind(each) in known for each in new)

    def _read(self, device: str, edits: Sequence[Edit]) -> RuleSets | None:
        """The rule sets with the edits; None where these would not be what is read."""
        files = self._files(device, edits)
        if not files or any(self._is_others(device, path) for path in files):
            return None
        try:
            new = self._asked.read(device, edits)
        except (InputError, InputErrors, RefusedError, HiddenError, OSError):
            return None
        sources = [source for each in new for source in each.sources if source.path in files]
        is_read = all(source.lines == files[source.path] for source in sources)
        return new if is_read and {each.path for each in sources} == files.keys() else None

    def _files(self, device: str, edits: Sequence[Edit]) -> dict[str, list[str]]:
        sources = {
            source.path: source
            for ruleset in self._asked.exports[device]
            for source in ruleset.sources
        }
        paths = {each.path for each in edits}
        return {
            path: edited(sources[path].lines, [each for each in edits if each.path == path])
            for path in paths
            if path in sources
        }

    def _is_others(self, device: str, path: str) -> bool:
        """Whether another device is read from the file too."""
        others = (its for name, its in self._asked.exports.items() if name != device)
        return any(_has(ruleset, path) for its in others for ruleset in its)


def _account(name: str, exports: Exports) -> str:
    accounts = [each for each in exports if name.startswith(f"{each}/")]
    return max(accounts, key=len, default="")


def _has(ruleset: RuleSet, path: str) -> bool:
    return any(source.path == path for source in ruleset.sources)


def _named(finding: Finding) -> tuple[object, ...]:
    """What tells a finding apart from all others of a run."""
    return finding.check, finding.key, finding.span


def _kind(finding: Finding) -> tuple[object, ...]:
    """What a finding is about, but for the words of its rule."""
    return finding.check, finding.device, finding.flow


def _about(finding: Finding) -> tuple[object, ...]:
    """Which device lets in more of which family: less of it is told in other words."""
    return finding.device, finding.key[:-1]


def _identity(finding: Finding) -> tuple[object, ...]:
    """What a finding is about; of a rule that decides nothing, the rule, whoever takes from it."""
    is_idle = finding.check in IDLE
    check, key = ("idle", finding.key[1:]) if is_idle else (finding.check, finding.key)
    return check, finding.device, finding.flow, key
