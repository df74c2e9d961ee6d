"""Big data over links that are narrow, held against what FW115 says about path-MTU errors.

The link of one router at a time takes smaller packets than the ends' own, so that whoever sends big
ones has to be told by an error. Where small data passes and big data does not, with all filters
loaded or those of one device alone, FW115 must speak of that device; where it is certain of an
error, big data must not pass.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from tests.oracles.namespaces import run, sysctl
from tests.oracles.site.asked import Wanted, devices_on_way
from tests.oracles.site.connections import LONG, Connections
from tests.oracles.site.findings import REQUIRED, Finding, Report
from tests.oracles.site.namespaces import Site
from tests.oracles.site.narrow import FAR
from tests.oracles.site.plan import INTERNET, Link, Machine, Plan, Query
from tests.oracles.site.routes import Hop, crossings, way

_BYTES: Final = 1300
_MOST: Final = 24
"""Connections that are asked at a link."""

Covers = Callable[[Finding, Wanted], bool]


class PathMtu:
    """The judgement of one site's path-MTU errors."""

    def __init__(self, plan: Plan, report: Report) -> None:
        self.plan = plan
        self.found = [one for one in report.findings if one.check == "FW115"]
        self.others = [one for one in report.findings if one.check in REQUIRED]
        self.certain = [
            (one, query) for one in self.found if one.is_certain and (query := one.connection)
        ]
        self.queries = [query for _, query in self.certain if plan.narrow]
        self.stalled: set[tuple[str, str]] = set()
        """Devices that let no error pass about some connection of a flow, with the flow."""
        self.faults: list[tuple[str, str]] = []

    def run(
        self, site: Site, connections: Connections, working: Iterable[Wanted], covers: Covers
    ) -> None:
        """Ask at each narrow link; the connections are those where small data passes."""
        self.site, self.connections, self.covers = site, connections, covers
        tcp = [one for one in working if one.query.service.proto == "tcp"]
        for link in self.plan.narrow:
            asked = self._asked(link, tcp)
            doubted = [(f, q) for f, q in self.certain if link in self._links(f, q)]
            if asked or doubted:
                with _narrow(site, link):
                    self._at(link, asked, doubted)
        site.whole()

    def _asked(self, link: Link, working: list[Wanted]) -> list[Wanted]:
        """Connections whose packets may cross the link, one for each two ends that remember."""
        found: dict[tuple[object, frozenset[str]], Wanted] = {}
        for one in working:
            ends = (one.query.source, one.goals)
            if ends not in found and link.router in self._routers(one):
                found[ends] = one
        return list(found.values())[:_MOST]

    def _routers(self, one: Wanted) -> set[str]:
        start = self.plan.network_of(one.query.source)
        told = self.plan.network_of(one.query.target)
        ends = {told, *(each.network for each in self._machines(one))}
        hops = {hop for end in ends for hop in way(self.plan, start, end)}
        return {hop.router.name for hop in hops} | ({INTERNET} & {start, told})

    def _machines(self, one: Wanted) -> list[Machine]:
        return [each for each in self.plan.machines if each.name in one.goals]

    def _at(self, link: Link, asked: list[Wanted], doubted: list[tuple[Finding, Query]]) -> None:
        self.site.whole()
        stalled = self._stalling(one.query for one in asked)
        silent = [one for one in asked if one.query in stalled]
        blocking: set[Query] = set()
        devices = {device for one in silent for device in self._devices(one)}
        for device in sorted(devices | {one.device for one, _ in doubted}):
            mine = [one for one in silent if device in self._devices(one)]
            claims = [(one, query) for one, query in doubted if one.device == device]
            self.site.only(device)
            alone = self._stalling([*(one.query for one in mine), *(q for _, q in claims)])
            for one in mine:
                if one.query in alone:
                    blocking.add(one.query)
                    self.stalled.add((device, one.flow.full_name))
                    self._must_speak(link, one, {device})
            for finding, query in claims:
                if query not in alone:
                    text = (
                        f"FW115 {finding.flow} on {device}: {finding.packet}; but big data passes"
                    )
                    self.faults.append(("certain false alarm", f"{text} {_at(link)}"))
        if rest := [one for one in silent if one.query not in blocking]:
            self.site.only("")
            odd = self._stalling(one.query for one in rest)
            for one in rest:
                if one.query in odd:
                    self.faults.append(("judge failed", f"{one.query} stalls {_at(link)}"))
                else:
                    self._must_speak(link, one, self._devices(one))

    def _must_speak(self, link: Link, one: Wanted, devices: Iterable[str]) -> None:
        """Note a fault where neither FW115 nor a finding about the flow speaks of a device."""
        mine = [f for f in (*self.found, *self.others) if f.device in devices]
        if not any(
            (f.check not in REQUIRED or f.flow == one.flow.full_name) and self.covers(f, one)
            for f in mine
        ):
            where = f"{_at(link)}, by {', '.join(sorted(devices))}"
            text = f"{one.flow.full_name} {one.query} stalls {where}"
            self.faults.append(("false clean: path MTU", text))

    def _devices(self, one: Wanted) -> frozenset[str]:
        """The devices with exports that errors about a connection may meet."""
        found = {
            d for each in self._machines(one) for d in devices_on_way(self.plan, one.query, each)
        }
        sender = self.plan.owner(one.query.source)
        own = {f.device for f in self.plan.firewalls if sender and f.machine == sender.name}
        told = {f.device for f in self.plan.firewalls}
        return frozenset(found | own | (self._routers(one) & told))

    def _stalling(self, queries: Iterable[Query]) -> set[Query]:
        """Those that do not work with big data, when they have time too."""
        self._forget()
        slow = _failing(self.connections, list(queries))
        if slow:
            self._forget()
        return set(_failing(self.connections, slow, LONG))

    def _forget(self) -> None:
        """Let no machine remember what it was told about the size of packets."""
        for node in {id(one): one for one in self.site.at.values()}.values():
            with self.site.inside(node):
                sysctl(["ipv4/route/flush=1"])
                if any(":" in one for each in node.addresses.values() for one in each):
                    run("ip", "-6", "route", "flush", "cache")

    def _links(self, finding: Finding, query: Query) -> set[Link]:
        """The links where errors arise that the finding is about; none where ways are many."""
        machine = self.plan.owner(query.target)
        public = next((p for p in self.plan.publics if p.address == query.target), None)
        start, end = self.plan.network_of(query.source), self.plan.network_of(query.target)
        if public:
            end = self.plan.machine(public.machine).network
        hops = way(self.plan, start, end)
        hairpin = public is not None and start != INTERNET
        if hairpin or frozenset(hops) != crossings(self.plan, start, end):
            return set()
        behind = {Link(hop.router.name, hop.near) for hop in hops}
        before = {Link(hop.router.name, hop.far) for hop in hops}
        behind |= {FAR} if start == INTERNET else set()
        before |= {FAR} if end == INTERNET and not machine else set()
        towards = "answer" in finding.phase
        links = before if towards else behind
        place = next((n for n, hop in enumerate(hops) if hop.router.name == finding.device), None)
        if place is None:  # a machine's own
            return links if "own" not in finding.phase else set()
        if "own" in finding.phase:
            return {link for link in links if link.router == finding.device}
        others: tuple[Hop, ...] = hops[place + 1 :] if towards else hops[:place]
        return {
            link for link in links if link.router in {INTERNET, *(h.router.name for h in others)}
        }


def _failing(connections: Connections, queries: list[Query], *seconds: float) -> list[Query]:
    found = connections.ask(queries, *seconds, big=True)
    return [query for query, outcome in found.items() if not outcome.works]


def _at(link: Link) -> str:
    return f"at {link.router} {link.near}"


@contextmanager
def _narrow(site: Site, link: Link) -> Iterator[None]:
    """The router takes only small packets for what is behind the link, for so long.

    A locked metric counts for what a router forwards (ip-route(8); ip_dst_mtu_maybe_forward in
    include/net/ip.h), while both ends of all other links take packets of the usual size.
    """
    node = site.nodes[link.router]
    with site.inside(node):
        routes = {family: list(_routes(family, link.near)) for family in ("-4", "-6")}
        _replace(routes, f"mtu lock {_BYTES}")
    try:
        yield
    finally:
        with site.inside(node):
            _replace(routes)


def _routes(family: str, near: str) -> Iterator[str]:
    for line in run("ip", family, "route", "show", "dev", near).splitlines():
        if not line.startswith("fe80:"):
            yield f"route replace {line.strip()} dev {near}"


def _replace(routes: Mapping[str, list[str]], more: str = "") -> None:
    for family, lines in routes.items():
        if lines:
            text = "".join(f"{line} {more}\n" for line in lines)
            run("ip", family, "-batch", "-", text=text)
