"""Binds the flows of a policy: their ends at this site, their ports, and whether they count."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from flowmodel.addresses import EVERYWHERE, Addresses, together
from flowmodel.record import dataclass, replace
from flowmodel.site import Alternative, End, Need, Requirement, Service
from flowmodel.source import InputError, InputErrors, Source
from policies.conditions import VERSION
from policies.ends import Bound, Ends
from policies.machines import pairs_apart
from policies.model import FOLLOW_BACK, FOLLOW_ON, Flow
from policies.services import Pattern, Ports
from policies.uses import Use

MAX_PAIRS: Final = 10_000
_SHOWN_NAMES: Final = 3
Pair = tuple[End, End]


@dataclass(frozen=True, slots=True)
class Active:
    """Whether a flow counts: why not, or which option without an answer leaves it open."""

    because: str = ""
    unanswered: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """A flow with its ends: the pairs, and the names that the site does not bind."""

    use: Use
    flow: Flow
    active: Active
    pairs: tuple[Pair, ...] = ()
    unbound: tuple[str, ...] = ()
    is_guess: bool = False
    """Whether unbound names stand for every address, so that nothing can be required of them."""


def activity(use: Use, flow: Flow) -> Active:
    """What the site's answers make of the conditions of a flow."""
    unanswered = ""
    conditions = [(one, True) for one in flow.when] + [(one, False) for one in flow.unless]
    for condition, wanted in conditions:
        name = condition.option
        answer = use.options.get(name, use.policy.options[name].default)
        if not answer:
            unanswered = unanswered or name
        elif (answer in condition.answers) != wanted:
            return Active(f"{name}: {answer}")
    return Active("", unanswered)


def bind_flow(ends: Ends, use: Use, flow: Flow) -> Binding:
    """A flow with its pairs, as far as the site binds them."""
    found = _bind_flow(ends, use, flow)
    if not ends.machines:
        return found
    # One machine's own firewall sees only what the machine itself has a part in.
    pairs = tuple(pair for pair in found.pairs if any(ends.is_machine(end) for end in pair))
    names = {end.name for pair in pairs for end in pair}
    unbound = tuple(name for name in found.unbound if name in names)
    return replace(found, pairs=pairs, unbound=unbound, is_guess=True)


def _bind_flow(ends: Ends, use: Use, flow: Flow) -> Binding:
    sources = [one for name in flow.sources for one in ends.of_name(use, name)]
    active = activity(use, flow)
    if flow.targets == ("self",):
        pairs = tuple((end, end) for one in sources for end in one.ends)
        return Binding(use, flow, active, pairs, _unbound(sources))
    targets = [one for name in flow.targets for one in ends.of_name(use, name)]
    check_pairs(flow, len(sources) * len(targets), use.policy.source)
    ways = [(source, target) for source in sources for target in targets]
    if flow.is_either:
        ways += [(target, source) for source, target in ways]
    pairs = tuple(dict.fromkeys(pair for one, other in ways for pair in _pairs(one, other)))
    if flow.is_local:
        networks = tuple(ends.site.networks.values())
        pairs = tuple(dict.fromkeys(each for pair in pairs for each in _local(pair, networks)))
    if flow.need == "never":
        pairs = tuple(map(ends.forbidden, pairs))
    # A name that talks only with what the site does not have need not be bound.
    missing = () if _are_none(sources) or _are_none(targets) else _unbound(sources + targets)
    return Binding(use, flow, active, pairs, missing)


def check_pairs(flow: Flow, count: int, source: Source) -> None:
    """Raise InputErrors for a flow with more pairs of ends than anyone can mean."""
    if count > MAX_PAIRS:
        message = f"flow `{flow.id}` has more than {MAX_PAIRS} pairs of endpoints"
        text = source.lines[flow.span.line - 1]
        raise InputErrors((InputError(message, flow.span, text),))


def _unbound(bounds: list[Bound]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.name for one in bounds if one.state == "unbound"))


def _are_none(bounds: list[Bound]) -> bool:
    return all(one.state == "none" for one in bounds)


def _pairs(source: Bound, target: Bound) -> Iterator[Pair]:
    for one in source.ends:
        for other in target.ends:
            if one.kind != "role" or other.kind != "role":
                yield one, other
            elif one == other:
                yield from pairs_apart(one)
            elif not _are_one_machine(one, other):
                yield one, other


def _local(pair: Pair, networks: Sequence[Addresses]) -> Iterator[Pair]:
    """The pair in each network of the site that both ends are in; what is in none is one more."""
    outside = EVERYWHERE - together(networks)
    for place in (*networks, outside):
        one, other = (_narrowed(end, place) for end in pair)
        if one.addresses and other.addresses:
            yield one, other


def _narrowed(end: End, place: Addresses) -> End:
    inside = end.addresses & place
    if inside == end.addresses:
        return end
    return replace(end, addresses=inside, wide=end.wide & place, public=Addresses(), published=())


def _are_one_machine(one: End, other: End) -> bool:
    """Whether the two are addresses of one role that is one machine."""
    same_role = one.name.split(".")[:2] == other.name.split(".")[:2]
    # Two ends of one name are two machines, which the site tells apart.
    is_apart = one.name == other.name
    return same_role and not is_apart and one.is_one_machine and other.is_one_machine


def requirement(binding: Binding) -> Requirement:
    """The flow as checks see it."""
    use, flow = binding.use, binding.flow
    policy = use.policy
    changed = changes(use)
    values, defaults = policy.values(changed), policy.values()
    used = flow.parameters
    wrong = [name for name in used if not values[name].are_ports]
    because = binding.active.because
    if wrong and not because:
        because = f"{wrong[0]}: {values[wrong[0]].text} is not a valid port"
    if not binding.pairs and not because:
        because = _no_pair(binding)
    need: Need = flow.need
    unsure = binding.active.unanswered or (
        binding.unbound[0] if binding.is_guess and binding.unbound else ""
    )
    if unsure and not because:
        if need == "never":
            because = f"{unsure}: not set"
        else:
            need = "may"
    services = () if wrong else services_of(flow, values)
    moved = any(values[name].values != defaults[name].values for name in used)
    return Requirement(
        policy=policy.name,
        id=flow.id,
        ends=binding.pairs,
        services=services,
        need=need,
        span=flow.span,
        rows=tuple(policy.row(name) for name in flow.rows if _is_of_version(use, name)),
        any_of=flow.is_any_of,
        group=flow.group,
        alternative=_alternative(policy.name, flow),
        is_self=flow.targets == ("self",),
        is_admin=flow.is_admin,
        is_critical=flow.is_critical,
        app=flow.app,
        purpose=flow.purpose,
        fqdn=_fqdn(use, flow),
        inactive_because=because,
        is_unknown=bool(unsure or binding.unbound) and not binding.active.because,
        default_services=services_of(flow, defaults) if moved else (),
        parameters=tuple(
            f"{name}: {values[name].text} (default {defaults[name].text})" for name in used
        ),
    )


def _is_of_version(use: Use, row: str) -> bool:
    """Whether the document has the row in the site's version, if the site says which it has."""
    versions, its = use.policy.rows[row].versions, use.options.get(VERSION)
    return not versions or its is None or its in versions


def changes(use: Use) -> dict[str, Ports]:
    """The parameters that the site changed; one that the document calls fixed stays as it is."""
    return {
        name: ports
        for name, (ports, _) in use.parameters.items()
        if not use.policy.parameters[name].is_fixed
    }


def _alternative(policy: str, flow: Flow) -> Alternative | None:
    if flow.alternative is None:
        return None
    choice, name = flow.alternative
    return Alternative(f"{policy}.{choice}", name)


def follow_ons(binding: Binding, first: Requirement) -> Iterator[Requirement]:
    """The flows on the ports that the two sides agree on over this one: on, and back."""
    flow = binding.flow
    if flow.then:
        yield _follow_on(binding, first, FOLLOW_ON, flow.then, first.ends)
    if flow.then_back:
        back = tuple((target, source) for source, target in first.ends)
        yield _follow_on(binding, first, FOLLOW_BACK, flow.then_back, back)


def _follow_on(
    binding: Binding, first: Requirement, word: str, then: Iterable[Pattern], ends: tuple[Pair, ...]
) -> Requirement:
    values = binding.use.policy.values(changes(binding.use))
    return replace(
        first,
        id=f"{first.id}/{word}",
        ends=ends,
        services=tuple(one for pattern in then for one in pattern.services(values)),
        need="may" if first.need != "never" else "never",
        any_of=False,
        group=Addresses(),
        follows=first.name,
        app="",
        purpose="",
        default_services=(),
    )


def services_of(flow: Flow, values: dict[str, Ports]) -> tuple[Service, ...]:
    """The services of a flow, from the ports that its clients have."""
    found = (one for pattern in flow.services for one in pattern.services(values))
    if flow.sports is None:
        return tuple(found)
    sports = flow.sports
    words = f" from {sports.text}"
    return tuple(replace(one, sports=sports.values, text=one.text + words) for one in found)


def _no_pair(binding: Binding) -> str:
    if binding.unbound:
        return f"{binding.unbound[0]} is not bound"
    if binding.is_guess:
        return "does not involve this machine"
    use, flow = binding.use, binding.flow
    for name in flow.ends:
        where = use.bind.get(name)
        if where is not None and where.is_none:
            return f"{use.policy.name}.{name}: none"
    return "no pair of machines at this site needs it"


def _fqdn(use: Use, flow: Flow) -> str:
    """The names of a target that has no addresses here but its names."""
    for name in flow.targets:
        peer = use.policy.peers.get(name)
        where = use.bind.get(name)
        if peer is not None and peer.fqdn and (where is None or where.is_internet):
            more = len(peer.fqdn) - _SHOWN_NAMES
            listed = ", ".join(peer.fqdn[:_SHOWN_NAMES])
            return f"{listed} and {more} more" if more > 0 else listed
    return ""
