"""One site: what fwlint says of it, held against what its machines can do."""

from collections.abc import Iterable
from dataclasses import replace

from tests.oracles.site import choosing
from tests.oracles.site.alone import Alone, told
from tests.oracles.site.arrivals import ports_at
from tests.oracles.site.asked import Wanted, devices_met, openings, verdict, wanted
from tests.oracles.site.connections import LONG, Connections
from tests.oracles.site.findings import (
    BLOCKED,
    OF_MANY,
    OPEN,
    PASSES,
    REQUIRED,
    WHOLLY,
    Finding,
    Report,
)
from tests.oracles.site.goals import is_elsewhere
from tests.oracles.site.groups import Outcome
from tests.oracles.site.listed import said_of
from tests.oracles.site.namespaces import Site
from tests.oracles.site.openings import covers, is_silent
from tests.oracles.site.path_mtu import PathMtu
from tests.oracles.site.plan import PINGS, RAW, Address, Firewall, Mistake, Plan, Query
from tests.oracles.site.result import Result


def judge(plan: Plan, report: Report | None = None) -> Result:
    """Build the site, ask it, and compare it with what fwlint, or somebody else, says of it."""
    result = Result(plan)
    report = report or said_of(plan)
    if report.refused:
        result.fault("refused", report.refused)
        return result
    result.count(report.findings)
    _Judgement(plan, report, result).run()
    return result


class _Judgement:
    """The comparison of one site."""

    def __init__(self, plan: Plan, report: Report, result: Result) -> None:
        self.plan, self.report, self.result = plan, report, result
        every = list(wanted(plan))
        self.needed = [one for one in every if not one.flow.follows]
        self.following = [one for one in every if one.flow.follows and one.flow.need == "may"]
        self.dark = {one.device for one in plan.firewalls if not one.ipv6}
        self.openings = [*openings(plan), *(m.opens for m in plan.mistakes if m.opens)]
        self.witnesses = [
            (one, query)
            for one in report.findings
            if one.is_certain and one.check in (*BLOCKED, *PASSES)
            if (query := one.query) is not None
            and not query.target.is_multicast
            and not is_elsewhere(self.plan, one, query)
        ]
        self.path_mtu = PathMtu(plan, report)
        self.queries = list(
            dict.fromkeys(
                [
                    *(one.query for one in every),
                    *self.openings,
                    *(query for _, query in self.witnesses),
                ]
            )
        )

    def run(self) -> None:
        """Ask everything once, and what matters and failed again for longer."""
        every = (*self.queries, *self.path_mtu.queries)
        asked = {a for one in every for a in (one.source, one.target)}
        site = Site(self.plan, frozenset(asked))
        try:
            ports = {one.service.port for one in every if one.service.port}
            ports |= {one.inside_port for f in self.plan.firewalls for one in f.forwards}
            raw = [one for one in RAW if any(query.service.proto == one for query in every)]
            self.connections = Connections(site, ports - {0}, raw)
            try:
                self._compare(site)
            finally:
                self.connections.close()
        finally:
            site.close()

    def _compare(self, site: Site) -> None:
        self.site = site
        self.outcomes = self.connections.ask(self.queries)
        self._ask_again()
        late = [m.opens for m in self.plan.mistakes if m.opens and not self._arrived(m.opens)]
        self.outcomes |= self.connections.ask(late, LONG)
        self._not_told(self._silent())
        self._without_discovery()
        self._open()
        self._denied()
        self._witnesses()
        self._big()
        self._planted()
        self.result.connections = self.connections.asked

    def _ask_again(self) -> None:
        """Ask what looks like a fault again, for longer, as a machine may be busy; others then."""
        patient: set[Query] = set()
        while late := [one.query for one in self._suspects() if one.query not in patient]:
            self.outcomes |= self.connections.ask(late, LONG)
            patient |= {*late}

    def _suspects(self) -> list[Wanted]:
        """What fails in silence, with all that fails of other alternatives to it."""
        silent = self._silent()
        choices = {choosing.choice_of(one.flow) for one in silent} - {""}
        others = (one for one in self._failing() if choosing.choice_of(one.flow) in choices)
        return [*silent, *others]

    def _silent(self) -> list[Wanted]:
        """The connections that fail though they should not, of which no finding speaks."""
        return [*self._silent_failures(), *self._silent_follow_ons()]

    def _not_told(self, failures: Iterable[Wanted], more: str = "") -> None:
        for one in failures:
            outcome = self.outcomes[one.query]
            self.result.fault(
                "false clean: required",
                f"{one.flow.full_name} {one.query} fails{more}"
                + (f", comes out at {outcome.machine} {outcome.port}" * bool(outcome.machine)),
            )

    def _without_discovery(self) -> None:
        """Where discovery is said to be blocked, nothing else is wrong that nobody speaks of."""
        excused = [one for one in self._failing() if not self._is_told(one)]
        devices = {one.query: self._no_ipv6(one, "FW114") for one in excused}
        if not (blocked := frozenset[str]().union(*devices.values())):
            return
        before = self.outcomes
        self.site.discovering(blocked)
        mended = self.connections.ask([query for query in devices if devices[query]], LONG)
        self.outcomes = before | mended
        failing = self._failing()
        left = [one for one in failing if devices.get(one.query) and not self._is_told(one)]
        untold = choosing.least(left, failing)
        self._not_told(untold, " with neighbour discovery too")
        self.outcomes = before
        self.site.whole()

    def _arrived(self, query: Query) -> bool:
        return bool(self.outcomes[query].machine)

    def _failing(self) -> list[Wanted]:
        """The wanted connections that do not work; of alternatives, where none does."""
        failing = [one for one in self.needed if not self._works(one)]
        good = {(o.flow, o.alternative) for o in self.needed if o.alternative and self._works(o)}
        failing = [one for one in failing if (one.flow, one.alternative) not in good]
        return choosing.without(failing, choosing.satisfied(self.plan, self.needed, failing))

    def _works(self, one: Wanted) -> bool:
        outcome = self.outcomes[one.query]
        if not outcome.works:
            return False
        if one.query.service.proto in PINGS:  # a router may answer for a public address
            return True
        return outcome.machine in one.goals and outcome.port in self._ports(one, outcome)

    def _ports(self, one: Wanted, outcome: Outcome) -> frozenset[int]:
        service = replace(one.query.service, port=one.port)
        machine = next((m for m in self.plan.machines if m.name == outcome.machine), None)
        return ports_at(self.plan, machine, service) if machine else frozenset({one.port})

    def _silent_failures(self) -> list[Wanted]:
        """The wanted connections that fail, and that no finding speaks of.

        Findings about all of IPv6 at a device name a few flows only, and speak of the others. What
        else is wrong with those, nobody feels at a device without IPv6; where it is discovery that
        is blocked, `_without_discovery` asks.
        """
        failing = self._failing()
        untold = [one for one in failing if not self._is_told(one) and not self._is_excused(one)]
        return choosing.least(untold, failing)

    def _is_excused(self, one: Wanted) -> bool:
        """Whether a finding about all of IPv6 at a device may be about the connection too."""
        return bool(self._no_ipv6(one, "FW506") & self.dark or self._no_ipv6(one, "FW114"))

    def _silent_follow_ons(self) -> list[Wanted]:
        """What the ends of a flow that works cannot agree on over it, and nobody says."""
        said = {f.flow for f in self.report.findings if f.check in REQUIRED}
        wrong = {one.flow.full_name for one in self.needed if not self._works(one)} | said
        asked = {(one.flow.full_name, one.query.source.version) for one in self.needed}
        return [
            one
            for one in self.following
            if not one.flow.part_of  # another alternative may be the one that is chosen
            and (one.flow.follows, one.query.source.version) in asked
            and one.flow.follows not in wrong
            and not (self._works(one) or self._is_told(one) or self._is_excused(one))
        ]

    def _is_told(self, one: Wanted) -> bool:
        devices = devices_met(self.plan, one)
        return any(
            f.flow == one.flow.full_name
            and f.check in REQUIRED
            and f.device in devices
            and self._is_about(f, one)
            for f in self.report.findings
        )

    def _no_ipv6(self, one: Wanted, check: str) -> frozenset[str]:
        """The devices on the way of which a finding of that check says that IPv6 fails there."""
        named = frozenset(f.device for f in self.report.findings if f.check == check)
        return (
            named & devices_met(self.plan, one)
            if named and one.query.source.version == 6
            else frozenset()
        )

    def _denied(self) -> None:
        """Wanted connections that work, and that a certain finding says are blocked."""
        for one in self.needed:
            said = [
                f
                for f in self.report.findings
                if f.flow == one.flow.full_name
                and f.is_certain
                and f.check in WHOLLY
                and f.is_whole
                and not is_elsewhere(self.plan, f, f.query)
                and (not one.query.group or f.device in devices_met(self.plan, one))
                and covers(f, one.query, (), one.query.service.port)
            ]
            if said and self._works(one):
                self.result.fault("certain false alarm", told(said[0], f"but {one.query} works"))
        good = choosing.satisfied(self.plan, self.needed, self._failing())
        for wrong in choosing.denied(self.plan, self.report.findings, good):
            self.result.fault("certain false alarm", told(wrong, "but one alternative works"))

    def _big(self) -> None:
        """What narrow links do to big data."""
        if self.plan.narrow:
            working = [one for one in self.needed if self._works(one)]
            self.path_mtu.run(self.site, self.connections, working, self._is_about)
            for kind, text in self.path_mtu.faults:
                self.result.fault(kind, text)

    def _is_about(self, finding: Finding, one: Wanted) -> bool:
        goals = {a for name in one.goals for a in self._addresses(name)}
        return covers(finding, one.query, goals, None if one.flow.any_of else one.port)

    def _addresses(self, name: str) -> Iterable[Address]:
        return (a for m in self.plan.machines if m.name == name for a in m.every)

    def _open(self) -> None:
        for query in self.openings:
            if is_silent(self.plan, self.report, query, self.outcomes[query]):
                outcome = self.outcomes[query]
                self.result.fault(
                    "false clean: opening", f"{query} connects to {outcome.machine} {outcome.port}"
                )

    def _witnesses(self) -> None:
        """Certain findings, whose packet must do what they say."""
        alone = Alone(self.site, self.connections, self.report)
        for kind, text in alone.faults(self.witnesses, self.outcomes):
            self.result.fault(kind, text)

    def _planted(self) -> None:
        for one in self.plan.mistakes:
            if self._is_felt(one):
                self.result.planted[one.kind] += 1
                if any(self._names(f, one) for f in self.report.findings):
                    self.result.found[one.kind] += 1
                else:
                    text = f"{one.kind} on {one.device} {one.flow or one.opens}"
                    self.result.fault("mistake not found", text)

    def _is_felt(self, mistake: Mistake) -> bool:
        """Whether it opens, or stops what fails; by itself too, if other devices filter nothing."""
        if mistake.opens:
            return self._is_opening(mistake.opens)
        if mistake.kind == "mtu_errors_dropped":
            return (mistake.device, mistake.flow) in self.path_mtu.stalled
        stopped = [
            one
            for one in self._failing()
            if one.flow.full_name == mistake.flow and mistake.device in devices_met(self.plan, one)
        ]
        if not stopped:
            return False
        outcomes = self.outcomes
        felt = self._left(stopped, mistake, None)
        if felt and mistake.before:
            # What fails without it too, something else stops: another mistake, or nobody built it.
            anyway = self._left(felt, mistake, mistake.before)
            felt = [one for one in felt if one not in anyway]
        self.outcomes = outcomes
        self.site.whole()
        return bool(felt)

    def _left(
        self, stopped: list[Wanted], mistake: Mistake, instead: Firewall | None
    ) -> list[Wanted]:
        """What of it fails if only the device of a mistake filters, as it does or as another."""
        self.site.only(mistake.device, instead=instead)
        self.outcomes |= self.connections.ask([one.query for one in stopped], LONG)
        return [one for one in self._failing() if one in stopped]

    def _is_opening(self, query: Query) -> bool:
        """Whether a connection comes out at a machine of a role, and nobody permits it."""
        outcome = self.outcomes[query]
        machine = next((m for m in self.plan.machines if m.name == outcome.machine), None)
        if not machine or not machine.roles:
            return False
        return verdict(self.plan, query, machine, outcome.port) != "permitted"

    def _names(self, finding: Finding, mistake: Mistake) -> bool:
        is_there = finding.device == mistake.device
        if is_there and finding.check == OF_MANY.get(mistake.kind):
            return True
        if choosing.are_of_one(self.plan, finding.flow, mistake.flow):
            return finding.check in REQUIRED  # it may be told of another alternative
        if not is_there:
            return False
        if mistake.opens is None:
            return finding.check in REQUIRED and finding.flow == mistake.flow
        outcome = self.outcomes[mistake.opens]
        goals = set(self._addresses(outcome.machine))
        return finding.check in OPEN and covers(finding, mistake.opens, goals, outcome.port)
