"""What the site or a policy itself gets wrong, seen once names have addresses (FW501 to FW510)."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations

from linter.model.fields import FAMILIES
from linter.model.site import End, Problem, Requirement
from linter.model.values import intersection, overlaps
from policies.addresses import common, first_address
from policies.bindings import Binding, changes
from policies.ends import Ends
from policies.model import Flow, Option
from policies.services import Pattern, Ports
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
            f"not bound: {names}; flows with them count as permitted only: {', '.join(every)}",
            next(iter(guesses.values()))[0].use.span,
            "write a site file that says where they are",
        )
    for name, needed in flows.items():
        if name in guesses:
            continue
        bare = name.partition(".")[2]
        listed = ", ".join(one.flow.id for one in needed[:4]) + (", …" if len(needed) > 4 else "")
        yield Problem(
            "FW501",
            f"`{name}` is not bound, so these flows are not checked: {listed}",
            needed[0].use.span,
            f"bind `{bare}` to its addresses, or to `none` if it is not here",
        )


def unbound_hosts(site: SiteFile, ends: Ends) -> Iterator[Problem]:
    """FW501: a machine with a firewall of its own whose role has no address here."""
    for device in site.devices:
        for host in device.hosts:
            if not ends.of_place(host.value):
                yield Problem(
                    "FW501",
                    f"`{host.value}` is not bound, so nothing is checked on `{device.name}` for it",
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
            if name not in used and not where.is_none:
                yield Problem(
                    "FW502",
                    f"no active flow of `{use.policy.name}` uses the binding of `{name}`",
                    where.span,
                    "leave it out, or check the options",
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
                f"`{name}` is not answered, so its flows are permitted but not required: "
                f"{option.question}",
                one.use.span,
                f"say `{name}: yes` or `{name}: no` under `options:`",
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
                    f"`{name}` is {ports.text} here, and {use.policy.name} cannot change it: "
                    f"it is {default.text}",
                    span,
                    f"leave `{name}` out",
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
            note = f", which follows from `{origin}`" if origin != name else ""
            unchecked = f"; not checked: {', '.join(flows)}" if flows else ""
            yield Problem(
                "FW505",
                f"`{name}` is {ports.text}{note}: not from 1 to 65535{unchecked}",
                use.parameters[origin][1],
                f"set `{origin}` to the port that is really used",
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
            if answer is None:
                continue
            for one, other in combinations(option.different, 2):
                problem = _misplaced(use, option, one, other, is_apart=answer)
                if problem:
                    yield problem


def _misplaced(use: Use, option: Option, one: str, other: str, *, is_apart: bool) -> Problem | None:
    left, right = use.bind.get(one), use.bind.get(other)
    if left is None or right is None or not left.addresses or not right.addresses:
        return None
    shared = common(left.addresses, right.addresses)
    if is_apart and shared:
        fact = f"`{one}` and `{other}` are both at {first_address(shared)}"
    elif not is_apart and left.addresses != right.addresses:
        fact = f"`{one}` and `{other}` are at different addresses"
    else:
        return None
    answer = "yes" if is_apart else "no"
    return Problem(
        "FW506",
        f"{fact}, but `{option.name}` is {answer}: {option.question}",
        right.span,
        f"say `{option.name}: {'no' if is_apart else 'yes'}`, or correct the bindings",
    )


Listener = tuple[Binding, Requirement, End, Pattern, Ports]


def port_collisions(
    bindings: Sequence[Binding], requirements: Sequence[Requirement]
) -> Iterator[Problem]:
    """FW507: two flows that want one port of one address for different services."""
    listeners = [
        listener
        for binding, one in zip(bindings, requirements, strict=False)
        if not one.inactive_because and one.need != "never"
        for listener in _listeners(binding, one)
    ]
    for left, right in combinations(listeners, 2):
        if left[1] is right[1] or _is_same_service(left, right):
            continue
        place = _shared_address(left[2], right[2])
        ports = intersection(left[4].values, right[4].values)
        protocols = [one for one in left[3].protocols if one in right[3].protocols]
        if place and ports and protocols:
            yield Problem(
                "FW507",
                f"`{left[1].name}` and `{right[1].name}` both need port "
                f"{ports[0][0]}/{protocols[0]} of {place}, for different services",
                right[2].span or right[0].use.span,
                "give one of the two another address or another port",
            )


def _listeners(binding: Binding, one: Requirement) -> Iterator[Listener]:
    values = binding.use.policy.values(changes(binding.use))
    targets = {end.name: end for _, end in one.ends if end.kind == "role"}
    for pattern in binding.flow.services:
        for atom in pattern.atoms:
            ports = values[atom] if isinstance(atom, str) else atom
            single = Pattern(atom if isinstance(atom, str) else "", pattern.protocols, (), one.span)
            for end in targets.values():
                yield binding, one, end, single, ports


def _is_same_service(left: Listener, right: Listener) -> bool:
    """Whether the two flows can mean one listening program.

    Flows that name the same application, the same parameter, or in one policy the same number
    for one role, are one service to different peers.
    """
    one, other = left[1], right[1]
    if one.app and other.app:
        return one.app == other.app
    if left[0].use is not right[0].use:
        return False
    same_text = left[3].text == right[3].text and left[4].values == right[4].values
    return same_text and (bool(left[3].text) or left[2].name == right[2].name)


def _shared_address(left: End, right: End) -> str:
    shared = common(left.addresses | left.public, right.addresses | right.public)
    is_known = left.wide == left.addresses and right.wide == right.addresses
    return first_address(shared) if is_known else ""


def disagreements(requirements: Sequence[Requirement]) -> Iterator[Problem]:
    """FW508: what one flow needs and another forbids."""
    active = [one for one in requirements if not one.inactive_because]
    wanted = [one for one in active if one.need in ("must", "should")]
    for forbidden in active:
        if forbidden.need != "never":
            continue
        for one in wanted:
            if _ends_meet(one, forbidden) and _services_meet(one, forbidden):
                yield Problem(
                    "FW508",
                    f"`{one.name}` needs what `{forbidden.name}` forbids",
                    forbidden.span,
                    "narrow one of the two",
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
        left.proto == right.proto and overlaps(left.ports, right.ports)
        for left in one.services
        for right in other.services
    )


def expired(site: SiteFile, ends: Ends, today: date) -> Iterator[Problem]:
    """FW510: a waiver that ended before today, or whose place is nowhere."""
    for one in site.accept:
        if one.to and not any(ends.of_place(name) for name in one.to):
            yield Problem(
                "FW510",
                f"the acceptance of `{one.finding}` is for {', '.join(one.to)}, "
                "which is not bound, so it accepts nothing",
                one.span,
                "bind the role, or remove the acceptance",
            )
        if one.until < today:
            yield Problem(
                "FW510",
                f"the acceptance of `{one.finding}` ended on {one.until}: {one.because}",
                one.span,
                "mend the finding, or decide again and move `until`",
            )
