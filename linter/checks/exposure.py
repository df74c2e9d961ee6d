"""Openings that are too broad: FW201 to FW214."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from linter.checks.evidence import accepted
from linter.checks.make import finding
from linter.checks.permitted import Kind, Policies
from linter.engine.connection import OPENING, with_flags, without_flags
from linter.engine.passage import Judged
from linter.engine.space import PacketSet
from linter.engine.survey import Answered, Survey
from linter.engine.walk import Region
from linter.engine.words import packets_in_words
from linter.model.finding import Finding, Level
from linter.model.match import Test
from linter.model.ruleset import FILTER, Rule
from linter.model.site import End, Requirement, Site
from linter.model.verdict import Accept

SHOWN = 50
"""How many rules of one reason are reported one by one; the rest are counted in one finding."""

_CLEARTEXT = frozenset({"http", "ws", "ftp", "telnet", "smtp"})


def check(site: Site, survey: Survey) -> Iterator[Finding]:
    """Findings about what one family's packets may reach beyond the policies."""
    policies = Policies(site, survey.space)
    permitted = policies.permitted()
    kinds = list(policies.kinds())
    for answered in survey.answers:
        yield from _Openings(policies, permitted, kinds, answered).findings()
        yield from _forbidden(answered)
        yield from _cleartext(policies, answered)


@dataclass(frozen=True, slots=True)
class _Opening:
    """What one rule (or a default policy) lets through."""

    rule: Rule | None
    packets: PacketSet


@dataclass(slots=True)
class _Openings:
    """One crossing's openings."""

    policies: Policies
    permitted: PacketSet
    kinds: list[Kind]
    answered: Answered
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def findings(self) -> Iterator[Finding]:
        """The findings of the crossing, and one for each reason that has too many."""
        for each in (*self._inward(), *self._outward()):
            key = (each.check, each.flow)
            self.counts[key] = self.counts.get(key, 0) + 1
            if self.counts[key] <= SHOWN:
                yield each
        for (check_id, flow), count in self.counts.items():
            if count > SHOWN:
                yield self._rest(check_id, flow, count - SHOWN)

    def _rest(self, check_id: str, flow: str, count: int) -> Finding:
        device = self.answered.question.crossing.device
        return Finding(
            check=check_id,
            level="warning",
            certainty="possible",
            message=f"{count} more rules of {device.name} are too broad in the same way"
            + (f" for {flow}" if flow else ""),
            span=device.span,
            device=device.name,
            flow=flow,
            reasons=(f"only the first {SHOWN} are shown one by one",),
            key=(check_id, device.name, flow, "more"),
        )

    def _inward(self) -> Iterator[Finding]:
        parts = self.answered.question.inward
        asked = self._space_union(part.packets for part in parts)
        roles = {part.destination.name: part.destination for part in parts}
        open_ = self.answered.connections.opening.possible & asked
        excess = self.permitted.imp_strict(open_)
        for opening in self._by_rule(excess):
            yield from self._judge(opening, list(roles.values()), asked)

    def _space_union(self, sets: Iterator[PacketSet]) -> PacketSet:
        return self.policies.space.union(sets)

    def _judge(self, opening: _Opening, roles: list[End], asked: PacketSet) -> Iterator[Finding]:
        space = self.policies.space
        rest = opening.packets
        if self._permits_everything(opening, asked):
            internet = rest & self.policies.internet() != space.false
            level: Level = "critical" if internet else "error"
            what = "one rule permits" if opening.rule else "the default policy permits"
            yield self._finding(
                "FW201", level, rest, None, f"{what} every source, destination and service"
            )
            return
        for kind in self.kinds:
            found = rest & kind.packets
            if found != space.false:
                rest = kind.packets.imp_strict(rest)
                yield self._finding(kind.check, kind.level, found, kind.requirement, kind.message)
                if rest == space.false:
                    return
        for part in self.answered.question.required:
            served = part.requirement
            if served is not None and served.need == "must" and opening.rule is not None:
                found = rest & self._beside(opening.rule, part.packets)
                if found != space.false:
                    rest = found.imp_strict(rest)
                    message = f"the rule for {served.name} opens other ports with it"
                    yield self._finding("FW206", "warning", found, served, message)
        for role in roles:
            found = rest & self.policies.to_end(role)
            if found != space.false:
                rest = found.imp_strict(rest)
                message = f"{role.name} is open for connections that no policy asks for"
                yield self._finding("FW205", "warning", found, None, message, subject=role.name)

    def _beside(self, rule: Rule, required: PacketSet) -> PacketSet:
        """Other ports between a flow's ends, if the rule carries the flow and names ports."""
        space = self.policies.space
        named = any(isinstance(c, Test) and c.field == "dport" for c in rule.match)
        if not named:
            return space.false
        matcher = self.answered.firewall.matcher
        header = self.answered.arrivals[0].header.with_number("state", space.constant(0, 3))
        carries = space.some(matcher.match(rule.match, header)) & required
        cube = space.true
        for name in ("dport", "sport"):
            for bit in space.fields[name]:
                cube = cube & bit
        return carries.exists(cube)

    def _permits_everything(self, opening: _Opening, asked: PacketSet) -> bool:
        """Whether the rule matches all packets that may arrive, by itself."""
        if opening.rule is None:
            return True
        space = self.policies.space
        header = self.answered.arrivals[0].header.with_number("state", space.constant(0, 3))
        match = self.answered.firewall.matcher.match(opening.rule.match, header)
        everything = with_flags(space, asked, OPENING)
        cube = space.true
        for name in ("src", "dst", "dport", "sport", "proto"):
            for bit in space.fields[name]:
                cube = cube & bit
        base = [judged.chain for judged in self._main()]
        is_base = any(opening.rule in chain.rules for chain in base)
        return is_base and space.always(match).forall(cube) & everything.exists(cube) != space.false

    def _main(self) -> list[Judged]:
        """The filter chain of the crossing's own hook, once for each strand."""
        own = [
            judged
            for judged in self.answered.connections.passage.judged
            if judged.hook == self.answered.question.crossing.situation
            and judged.chain.base is not None
            and judged.chain.base.kind == "filter"
        ]
        with_rules = [judged for judged in own if judged.chain.rules] or own
        if not with_rules:
            return []
        nearest = min(with_rules, key=lambda j: abs(j.chain.base.priority - FILTER if j.chain.base else 0))
        return [judged for judged in own if judged.chain is nearest.chain]

    def _by_rule(self, excess: PacketSet) -> Iterator[_Opening]:
        """The excess, by the rule of the main chain that lets it through."""
        space = self.policies.space
        if excess == space.false:
            return
        rest = excess
        merged: dict[Rule | None, PacketSet] = {}
        for judged in self._main():
            for region in judged.regions:
                if isinstance(region.verdict, Accept):
                    for opening in self._split(region, judged, excess):
                        before = merged.get(opening.rule, space.false)
                        merged[opening.rule] = before | opening.packets
                        rest = opening.packets.imp_strict(rest)
        for rule, packets in merged.items():
            yield _Opening(rule, packets)
        if rest != space.false:
            yield _Opening(None, rest)

    def _split(self, region: Region, judged: Judged, excess: PacketSet) -> Iterator[_Opening]:
        space = self.policies.space
        whole = without_flags(space, space.some(region.packets)) & excess
        if whole == space.false:
            return
        if len(region.rules) <= 1:
            yield _Opening(region.rules[0] if region.rules else None, whole)
            return
        for rule in region.rules:
            match = self.answered.firewall.matcher.match(rule.match, judged.header)
            mine = whole & without_flags(space, space.some(match))
            if mine != space.false:
                yield _Opening(rule, mine)

    def _outward(self) -> Iterator[Finding]:
        """FW208, where the device filters what the machine sends at all."""
        space = self.policies.space
        found = self.answered.connections.opening
        asked = self._space_union(part.packets for part in self.answered.question.outward)
        if found.possible.imp_strict(asked) == space.false:
            return
        excess = self.permitted.imp_strict(found.possible & asked)
        roles = {part.source.name: part.source for part in self.answered.question.outward if part.source}
        to_internet = self._space_union(
            part.packets
            for part in self.answered.question.outward
            if part.destination.kind == "internet"
        )
        inward = self._space_union(part.packets for part in self.answered.question.inward)
        for opening in self._by_rule(inward.imp_strict(excess)):
            for role in roles.values():
                mine = opening.packets & self.policies.from_end(role)
                if mine != space.false:
                    level: Level = "warning" if mine & to_internet != space.false else "info"
                    message = f"{role.name} may open connections that no policy asks for"
                    yield self._finding("FW208", level, mine, None, message, subject=role.name)

    def _finding(
        self,
        check_id: str,
        level: Level,
        packets: PacketSet,
        requirement: Requirement | None,
        message: str,
        subject: str = "",
    ) -> Finding:
        certain = packets & self.answered.connections.opening.certain
        evidence = accepted(self.answered, certain, packets)
        remedy = self._remedy(check_id, requirement)
        device = self.answered.question.crossing.device.name
        return finding(
            check_id,
            level,
            message,
            evidence,
            requirement,
            device,
            remedy=remedy,
            subject=f"{subject} {evidence.text}".strip(),
        )

    def _remedy(self, check_id: str, requirement: Requirement | None) -> str:
        if requirement is not None and check_id in ("FW202", "FW203", "FW206"):
            needed = self.policies.flow(requirement, requirement.services)
            return f"permit only {packets_in_words(self.policies.space, needed)}"
        return "close it, or name it under `allow` in the site file"


def _forbidden(answered: Answered) -> Iterator[Finding]:
    """FW212: what a flow with `need: never` forbids, and the device permits."""
    space = answered.firewall.matcher.space
    for part in answered.question.forbidden:
        found = part.packets & answered.connections.opening.possible
        if found != space.false and part.requirement is not None:
            certain = found & answered.connections.opening.certain
            evidence = accepted(answered, certain, found)
            device = answered.question.crossing.device.name
            message = f"{part.requirement.name} is forbidden, and permitted"
            yield finding("FW212", "error", message, evidence, part.requirement, device)


def _cleartext(policies: Policies, answered: Answered) -> Iterator[Finding]:
    """FW210: a protocol without encryption that the internet may use."""
    space = policies.space
    seen: set[str] = set()
    for part in answered.question.required:
        flow = part.requirement
        if flow is None or flow.app.lower() not in _CLEARTEXT or flow.name in seen:
            continue
        found = part.packets & policies.internet() & answered.connections.opening.possible
        if found == space.false:
            continue
        seen.add(flow.name)
        certain = found & answered.connections.opening.certain
        evidence = accepted(answered, certain, found)
        device = answered.question.crossing.device.name
        message = f"{flow.name} is {flow.app}, without encryption, and open from the internet"
        yield finding(
            "FW210",
            "warning",
            message,
            evidence,
            flow,
            device,
            remedy="use an encrypted protocol, or accept the finding with a reason",
        )

