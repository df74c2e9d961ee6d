"""What the site or a policy itself gets wrong, seen once names have addresses (FW501 to FW510)."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations, islice
from typing import Final

from flowmodel.addresses import Addresses, together, unbounded
from flowmodel.fields import FAMILIES
from flowmodel.record import NamedTuple
from flowmodel.site import End, Problem, Requirement
from flowmodel.source import Span
from flowmodel.values import Values, intersection, overlaps
from policies.addresses import NOWHERE, first_address
from policies.bindings import Binding, changes
from policies.conditions import Option
from policies.ends import Ends
from policies.model import Flow
from policies.site_file import SiteFile
from policies.uses import Use


def find_problems(
    site: SiteFile,
    ends: Ends,
    bindings: Sequence[Binding],
    requirements: Sequence[Requirement],
    today: date,
) -> tuple[Problem, ...]:
    """Every problem of the site, by number and then by place."""
    found = [
        *unbound_roles(bindings),
        *unbound_hosts(site, ends),
        *unused_bindings(site, bindings),
        *unanswered_options(bindings),
        *fixed_ports(site),
        *ports_out_of_range(site, bindings),
        *wrong_topology(site),
        *port_collisions(bindings, requirements),
        *disagreements(requirements),
        *expired(site, ends, today),
    ]
    unique = {(one.check, one.message): one for one in found}
    return tuple(sorted(unique.values(), key=lambda one: (one.check, one.span)))


def unbound_roles(bindings: Sequence[Binding]) -> Iterator[Problem]:
    """FW501: a role or peer of an active flow that has no address here."""
    flows: dict[str, list[Binding]] = {}
    for one in bindings:
        if not one.active.because:
            for name in one.unbound:
                flows.setdefault(name, []).append(one)
    guesses = {name: needed for name, needed in flows.items() if needed[0].is_guess}
    if guesses:
        names = ", ".join(f"`{name}`" for name in guesses)
        every = dict.fromkeys(one.flow.id for needed in guesses.values() for one in needed)
        yield Problem(
            "FW501",
            f"no address given for {names}; these flows are permitted but not required: "
            f"{', '.join(every)}",
            next(iter(guesses.values()))[0].use.span,
            "give their addresses with `--bind` or in a site file",
        )
    for name, needed in flows.items():
        if name in guesses:
            continue
        bare = name.partition(".")[2]
        listed = ", ".join(one.flow.id for one in needed[:4]) + (", …" if len(needed) > 4 else "")
        yield Problem(
            "FW501",
            f"`{name}` is not bound to an address, so these flows are not checked: {listed}",
            needed[0].use.span,
            f"bind `{bare}` to its addresses, or to `none` if this site has none",
        )


def unbound_hosts(site: SiteFile, ends: Ends) -> Iterator[Problem]:
    """FW501: a machine with a firewall of its own whose role has no address here."""
    for device in site.devices:
        for host in device.hosts:
            if not ends.of_place(host.value):
                yield Problem(
                    "FW501",
                    f"`{host.value}` is not bound to an address, so its flows are not checked on "
                    f"`{device.name}`",
                    host.span,
                    "bind the role to the machine's addresses",
                )


def unused_bindings(site: SiteFile, bindings: Sequence[Binding]) -> Iterator[Problem]:
    """FW502: a binding that no active flow uses."""
    for use in site.uses.values():
        used = {
            name
            for one in bindings
            if one.use is use and not one.active.because
            for name in _end_names(use, one.flow)
        }
        for name, where in use.bind.items():
            if name not in used | use.filled and not where.is_none:
                yield Problem(
                    "FW502",
                    f"no active flow of `{use.policy.name}` uses the binding of `{name}`",
                    where.span,
                    "remove it, or check the options",
                )


def _end_names(use: Use, flow: Flow) -> Iterator[str]:
    for name in flow.ends:
        roles = use.policy.roles
        for one in roles if name == "all" else (name,):
            yield from roles[one].bound_names if one in roles else (one,)


def unanswered_options(bindings: Sequence[Binding]) -> Iterator[Problem]:
    """FW503: an option without a default that the site does not answer."""
    for one in bindings:
        name = one.active.unanswered
        if name and not one.active.because:
            option = one.use.policy.options[name]
            yield Problem(
                "FW503",
                f"option `{name}` is not set, so its flows are permitted but not required: "
                f"{option.question}",
                one.use.span,
                f"set {' or '.join(f'`{name}: {one}`' for one in option.choices)} under `options:`",
            )


def fixed_ports(site: SiteFile) -> Iterator[Problem]:
    """FW504: a port that the document calls fixed, set to something else."""
    for use in site.uses.values():
        for name, (ports, span) in use.parameters.items():
            parameter = use.policy.parameters[name]
            default = parameter.default
            if parameter.is_fixed and default and default.values != ports.values:
                yield Problem(
                    "FW504",
                    f"`{name}` is set to {ports.text}, but in {use.policy.name} it is fixed at "
                    f"{default.text}",
                    span,
                    f"remove `{name}`",
                )


def ports_out_of_range(site: SiteFile, bindings: Sequence[Binding]) -> Iterator[Problem]:
    """FW505: a port, set or derived, that is not from 1 to 65535."""
    for use in site.uses.values():
        values = use.policy.values(changes(use))
        for name, ports in values.items():
            if ports.are_ports:
                continue
            flows = [
                one.flow.id
                for one in bindings
                if one.use is use and name in one.flow.parameters and not one.active.because
            ]
            origin = _origin(use, name)
            note = f" (derived from `{origin}`)" if origin != name else ""
            unchecked = f"; flows not checked: {', '.join(flows)}" if flows else ""
            yield Problem(
                "FW505",
                f"`{name}` is {ports.text}{note}, not a valid port (1 to 65535){unchecked}",
                use.parameters[origin][1],
                f"set `{origin}` to the port that is actually used",
            )


def _origin(use: Use, name: str) -> str:
    """The parameter that a site sets and that this one follows from."""
    while use.policy.parameters[name].base:
        name = use.policy.parameters[name].base
    return name


def wrong_topology(site: SiteFile) -> Iterator[Problem]:
    """FW506: roles on one address where the answer says apart, or the reverse."""
    for use in site.uses.values():
        for option in use.policy.options.values():
            answer = use.options.get(option.name, option.default)
            if not answer:
                continue
            for one, other in combinations(option.different, 2):
                problem = _misplaced(use, option, one, other, is_apart=answer == "yes")
                if problem:
                    yield problem


def _misplaced(use: Use, option: Option, one: str, other: str, *, is_apart: bool) -> Problem | None:
    left, right = _addresses(use, one), _addresses(use, other)
    if not left or not right:
        return None
    shared = left & right
    if is_apart and shared:
        fact = f"`{one}` and `{other}` are both at {first_address(shared)}"
    elif not is_apart and left != right:
        fact = f"`{one}` and `{other}` are at different addresses"
    else:
        return None
    answer = "yes" if is_apart else "no"
    return Problem(
        "FW506",
        f"{fact}, but `{option.name}` is {answer}: {option.question}",
        _place(use, other),
        f"set `{option.name}: {'no' if is_apart else 'yes'}`, or correct the bindings",
    )


def _addresses(use: Use, role: str) -> Addresses:
    """The addresses of a role, all of them where it has several."""
    found = NOWHERE
    for name in use.policy.roles[role].bound_names:
        if name in use.bind:
            found |= use.bind[name].addresses
    return found


def _place(use: Use, role: str) -> Span:
    names = use.policy.roles[role].bound_names
    return next((use.bind[name].span for name in names if name in use.bind), use.span)


_MANY_COLLISIONS: Final = 50


class Listener(NamedTuple):
    """A program that a flow needs at one end: the ports, and the parameter that they come from.

    `ports` are those at `addresses`: public ones may have other ports than the machine.
    """

    ports: Values
    addresses: Addresses
    number: int
    use: Use
    flow: Requirement
    end: End
    protocols: tuple[str, ...]
    parameter: str


def port_collisions(
    bindings: Sequence[Binding], requirements: Sequence[Requirement]
) -> Iterator[Problem]:
    """FW507: two flows that want one port of one address for different services."""
    listeners = [
        listener
        for number, (binding, one) in enumerate(zip(bindings, requirements, strict=False))
        if not one.inactive_because and one.need != "never"
        for listener in _listeners(number, binding, one)
    ]
    yield from islice(filter(None, map(_collision, _meeting(listeners))), _MANY_COLLISIONS)


def _meeting(listeners: list[Listener]) -> Iterator[tuple[Listener, Listener]]:
    """The pairs that have a port in common, or nearly; the policy's earlier flow first."""
    listeners.sort(key=lambda one: one.ports)
    for index, one in enumerate(listeners):
        last = one.ports[-1][1]
        for other in islice(listeners, index + 1, None):
            if other.ports[0][0] > last:
                break
            yield (one, other) if one.number <= other.number else (other, one)


def _collision(pair: tuple[Listener, Listener]) -> Problem | None:
    left, right = pair
    if left.number == right.number or _is_same_service(left, right):
        return None
    place = _shared_address(left, right)
    ports = intersection(left.ports, right.ports)
    protocols = [one for one in left.protocols if one in right.protocols]
    if not (place and ports and protocols):
        return None
    return Problem(
        "FW507",
        f"`{left.flow.name}` and `{right.flow.name}` both need port "
        f"{ports[0][0]}/{protocols[0]} on {place} for different services",
        right.end.span or right.use.span,
        "move one of them to another address or port",
    )


_EVERY_PORT: Final = ((1, 65535),)
"""What somebody may use whatever listens there: that is no program of its own."""


def _listeners(number: int, binding: Binding, one: Requirement) -> Iterator[Listener]:
    values = binding.use.policy.values(changes(binding.use))
    targets = {id(end): end for _, end in one.ends if end.kind == "role"}
    for pattern in binding.flow.services:
        for atom in pattern.atoms:
            name = atom if isinstance(atom, str) else ""
            ports = values[atom] if isinstance(atom, str) else atom
            if ports.values == _EVERY_PORT:
                continue
            for end in targets.values():
                for its, addresses in _at(end, ports.values):
                    yield Listener(
                        its, addresses, number, binding.use, one, end, pattern.protocols, name
                    )


def _at(end: End, ports: Values) -> Iterator[tuple[Values, Addresses]]:
    """The ports at each of the addresses by which a machine is reached."""
    told = [one for one in end.published if one.ports]
    yield ports, (end.addresses | end.public) - together(one.addresses for one in told)
    for one in told:
        if outside := one.outside(ports):
            yield outside, one.addresses


def _is_same_service(left: Listener, right: Listener) -> bool:
    """Whether the two flows can mean one listening program.

    Flows that name the same application, the same parameter, or in one policy the same number
    for one role, are one service to different peers.
    """
    if left.flow.app and right.flow.app:
        return left.flow.app == right.flow.app
    if left.use is not right.use or left.parameter != right.parameter:
        return False
    is_same_role = left.end.name == right.end.name
    return left.ports == right.ports and (bool(left.parameter) or is_same_role)


def _shared_address(left: Listener, right: Listener) -> str:
    # A role at any address (one machine's own firewall) says nothing about where it is.
    anywhere = unbounded(left.end.wide) | unbounded(right.end.wide)
    return first_address((left.addresses & right.addresses) - anywhere)


def disagreements(requirements: Sequence[Requirement]) -> Iterator[Problem]:
    """FW508: what one flow needs and another forbids."""
    active = [one for one in requirements if not one.inactive_because]
    # What goes to a group goes to no machine's own address, which is what is forbidden.
    wanted = [one for one in active if one.need in ("must", "should") and not one.group]
    for forbidden in active:
        if forbidden.need != "never":
            continue
        for one in wanted:
            if _ends_meet(one, forbidden) and _services_meet(one, forbidden):
                yield Problem(
                    "FW508",
                    f"`{one.name}` needs traffic that `{forbidden.name}` forbids",
                    forbidden.span,
                    "narrow one of the two flows",
                )


def _ends_meet(one: Requirement, other: Requirement) -> bool:
    return any(
        any(
            overlaps(left[0].addresses.of(family), right[0].wide.of(family))
            and overlaps(left[1].addresses.of(family), right[1].wide.of(family))
            for family in FAMILIES
        )
        for left in one.ends
        for right in other.ends
    )


def _services_meet(one: Requirement, other: Requirement) -> bool:
    return any(
        left.proto == right.proto
        and overlaps(left.ports, right.ports)
        and overlaps(left.types, right.types)
        and overlaps(left.codes, right.codes)
        for left in one.services
        for right in other.services
    )


def expired(site: SiteFile, ends: Ends, today: date) -> Iterator[Problem]:
    """FW510: a waiver that ended before today, or whose place is nowhere."""
    for one in site.accept:
        if one.to and not any(ends.of_place(name) for name in one.to):
            yield Problem(
                "FW510",
                f"the waiver for `{one.finding}` applies to {', '.join(one.to)}, "
                "which is not bound to an address, so it waives nothing",
                one.span,
                "bind the role, or remove the waiver",
            )
        if one.until < today:
            yield Problem(
                "FW510",
                f"the waiver for `{one.finding}` ended on {one.until}: {one.because}",
                one.span,
                "fix the finding, or review the waiver and set a later `until`",
            )
