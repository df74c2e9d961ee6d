"""The policies of a proposed site file: what has to be answered, and what has to be bound."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.values import size
from linter.drafts.model import Draft, Role
from linter.drafts.words import literals
from linter.report.draft.yaml import beside, hidden, paragraph, quoted
from policies.conditions import Option
from policies.model import Policy
from policies.model import Role as PolicyRole

_UNBOUND: Final = "ADDRESS"
"""No site file is read with it, so that nobody forgets to fill it in."""


def uses(draft: Draft, policies: Sequence[Policy]) -> Iterator[str]:
    """The lines of `use:`; an example of it where there is no policy."""
    yield ""
    if not policies:
        yield from paragraph(
            "The products here: `fwlint policy list` names those that fwlint knows. "
            "`fwlint init --policy NAME` writes their lines."
        )
        yield from hidden(("use:", "  wazuh:", "    bind:", f"      server: {_UNBOUND}"), 0)
        return
    yield beside("use:", "the products here; `fwlint policy show NAME` prints their ports")
    for policy in policies:
        yield beside(f"  {quoted(policy.name)}:", policy.title)
        yield from _options(policy)
        yield from _bindings(draft, policy)


def _options(policy: Policy) -> Iterator[str]:
    if not policy.options:
        return
    lines = ["    options:"]
    for option in policy.options.values():
        answer = option.default or option.choices[0]
        lines.append(beside(f"      {quoted(option.name)}: {quoted(answer)}", _question(option)))
    yield from hidden(lines, 4)


def _question(option: Option) -> str:
    answers = " or ".join(option.choices)
    default = f"else {option.default}" if option.default else "has to be answered"
    return f"{option.question} ({answers}; {default})"


def _bindings(draft: Draft, policy: Policy) -> Iterator[str]:
    """A line for each role and peer, to be filled in; those that are known are filled in."""
    yield from paragraph(
        "Take away the `#` and write the addresses of each: an address, a prefix, a range, a "
        "network above, or a list; `none` if there is no such machine here.",
        4,
    )
    known: dict[str, list[Role]] = {}
    for machine in draft.roles:
        for name in machine.taken:
            known.setdefault(name, []).append(machine)
    head = "    bind:"
    is_open = any(name.partition(".")[0] == policy.name for name in known)
    yield head if is_open else next(hidden((head,), 4))
    for role in policy.roles.values():
        yield from _binding(policy.name, role, known)
    for peer in policy.peers.values():
        title = f"{peer.title}{_unbound(peer.default, peer.fqdn)}"
        yield from hidden((beside(f"      {quoted(peer.name)}: {_UNBOUND}", title),), 4)


def _binding(policy: str, role: PolicyRole, known: Mapping[str, Sequence[Role]]) -> Iterator[str]:
    """The line of one role, or one for each of its addresses."""
    # Where one of several addresses is not told apart, it may be any of the machine's.
    whole = known.get(f"{policy}.{role.name}", ())
    found = [(*known.get(f"{policy}.{name}", ()), *whole) for name in role.bound_names]
    values = [where(tuple(dict.fromkeys(its))) if its else _UNBOUND for its in found]
    lines = [f"      {quoted(role.name)}: {values[0]}"]
    if role.addresses:
        pairs = zip(role.addresses, values, strict=True)
        lines = [f"      {quoted(role.name)}:", *(f"        {quoted(a)}: {b}" for a, b in pairs)]
    lines[0] = beside(lines[0], role.title)
    if all(value == _UNBOUND for value in values):
        yield from hidden(lines, 4)
        return
    for line in lines:
        yield from hidden((line,), 4) if line.endswith(f": {_UNBOUND}") else (line,)


def _unbound(default: str, names: Sequence[str]) -> str:
    """What a peer is that nobody binds."""
    if names:
        return f" ({', '.join(names)}; need not be bound)"
    return f" (need not be bound: the {default})" if default else ""


def where(roles: Sequence[Role]) -> str:
    """The addresses of machines that have one role, as `bind:` and `roles:` have them."""
    if any(not (role.network or role.machines) for role in roles):
        return "any"
    machines = [each for role in roles for each in role.machines]
    if len(machines) == 1 and _is_single(machines[0]):
        found = literals(machines[0])
        return quoted(found[0]) if len(found) == 1 else _machine(machines[0])
    names = [quoted(role.network) for role in roles if role.network]
    return names[0] if names else f"[{', '.join(map(_machine, machines))}]"


def _machine(addresses: Addresses) -> str:
    return "[" + ", ".join(map(quoted, literals(addresses))) + "]"


def _is_single(addresses: Addresses) -> bool:
    """Whether it is clear without a word that these are one machine's."""
    return size(addresses.v4) <= 1 and size(addresses.v6) <= 1
