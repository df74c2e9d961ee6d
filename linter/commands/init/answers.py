"""What a person says beside the exports: by options, or by answers on a terminal."""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import policies
from flowmodel.addresses import together
from flowmodel.source import InputErrors
from fwlint.errors import UsageError
from linter.checks.open.words import OTHER
from linter.commands.output import ask, complain, complain_of
from linter.drafts.standing import INTERNET, Answers, Behind, Read, Standing, kind_of, standing
from linter.report.draft.uses import where
from policies.addresses import parse_addresses
from policies.model import Policy
from policies.products import TITLES
from policies.schema import did_you_mean

_Answer = TypeVar("_Answer")
_TRIES = 5


def chosen(names: Sequence[str], *, is_asked: bool) -> tuple[Policy, ...]:
    """The policies of the command line, or of a person's answer; raises InputErrors."""
    if names or not is_asked:
        return tuple(policies.load_policy(name) for name in dict.fromkeys(names))
    complain(f"fwlint knows these products: {', '.join(TITLES)}")
    return _asked(
        "Which of them are here? (names with commas; empty: none) ",
        lambda text: tuple(policies.load_policy(_known(name)) for name in _split(text)),
    )


def _known(name: str) -> str:
    if name not in TITLES:
        raise ValueError(f"unknown policy `{name}`{did_you_mean(name, TITLES)}")
    return name


def answers(
    arguments: Namespace, several: Sequence[Read], used: Sequence[Policy], *, is_asked: bool
) -> Answers:
    """What is behind interfaces, and which roles machines have; raises UsageError."""
    behind = dict(_behind(arguments.interface, several))
    if is_asked:
        for read in several:
            behind |= _ask_of_interfaces(read, behind)
    machines = standing(several, Answers(behind))
    roles: dict[str, tuple[str, ...]] = {}
    for text in arguments.role:
        machine, role = _role(text, machines, used)
        roles[machine] = (*roles.get(machine, ()), role)
    if is_asked and not roles:
        roles = dict(_ask_of_roles(machines, used))
    return Answers(behind, roles)


def _behind(
    texts: Sequence[str], several: Sequence[Read]
) -> Iterator[tuple[tuple[str, str], Behind]]:
    """What `--interface` says: `eth0=internet`, `edge:eth1=10.0.0.0/8`."""
    found: dict[tuple[str, str], Behind] = {}
    names = [each.name for each in several]
    for text in texts:
        left, equals, value = text.partition("=")
        device, colon, interface = left.partition(":")
        if colon and device not in names:
            # No interface of a system has a colon in its name (net/core/dev.c, dev_valid_name).
            hint = did_you_mean(device, names)
            raise UsageError(f"--interface {text}: no such device in the exports{hint}")
        if not colon:
            device, interface = names[0] if len(names) == 1 else "", left
        if not (equals and interface and value):
            raise UsageError(f"--interface {text}: expected [DEVICE:]NAME=NETWORK")
        if not device:
            listed = ", ".join(names)
            raise UsageError(
                f"--interface {text}: say of which device, as in DEVICE:{text}: they are {listed}"
            )
        try:
            said = _place(value)
        except ValueError as error:
            raise UsageError(f"--interface {text}: {error}") from None
        before = found.get((device, interface), Behind())
        found[device, interface] = Behind(
            before.addresses | said.addresses, before.is_internet or said.is_internet
        )
    yield from found.items()


def _place(text: str) -> Behind:
    """`internet`, addresses, or both; raises ValueError."""
    parts = _split(text)
    known = together(parse_addresses(part) for part in parts if part != INTERNET)
    return Behind(known, INTERNET in parts)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _role(text: str, machines: Standing, used: Sequence[Policy]) -> tuple[str, str]:
    """A machine and its role; raises UsageError."""
    machine, equals, role = text.rpartition("=")
    own = [each.name for each in machines.roles if not each.network]
    if not equals and len(own) == 1:
        machine = own[0]
    if machine not in own:
        hint = did_you_mean(machine, own) if machine else "; say which, as in MACHINE=ROLE"
        raise UsageError(f"--role {text}: no such machine in the exports{hint}")
    try:
        return machine, _role_of(role, used)
    except ValueError as error:
        raise UsageError(f"--role {text}: {error}") from None


def _role_of(text: str, used: Sequence[Policy]) -> str:
    known = [
        f"{policy.name}.{name}"
        for policy in used
        for role in policy.roles.values()
        for name in dict.fromkeys((role.name, *role.bound_names))
    ]
    if text not in known and len(used) == 1 and f"{used[0].name}.{text}" in known:
        text = f"{used[0].name}.{text}"
    if text not in known:
        raise ValueError(f"unknown role `{text}`{did_you_mean(text, known)}")
    return text


def _ask_of_interfaces(
    read: Read, known: dict[tuple[str, str], Behind]
) -> dict[tuple[str, str], Behind]:
    """What a person says of the interfaces, where the exports do not tell it."""
    device = standing((read,), Answers(known)).devices[0]
    names = [each.names[0] for each in device.interfaces if not each.names[0].endswith(OTHER)]
    if not names or any(each.is_outside for each in device.interfaces):
        return {}
    listed = ", ".join(names)
    uplink = _asked(
        f"Which interface of {read.name} leads to the internet? ({listed}; empty: unknown) ",
        lambda text: _one_of(text, names),
    )
    found = {(read.name, uplink): Behind(is_internet=True)} if uplink else {}
    if kind_of(read)[0] != "between":
        return found
    for each in device.interfaces:
        name = each.names[0]
        if name in names and name != uplink and not each.is_known:
            its = _asked(
                f"Which network is behind {name} of {read.name}? "
                "(as in 10.0.0.0/24; several with commas; empty: unknown) ",
                _place,
            )
            if its.addresses or its.is_internet:
                found[read.name, name] = its
    return found


def _one_of(text: str, names: Sequence[str]) -> str:
    if text and text not in names:
        raise ValueError(f"there is no interface `{text}`{did_you_mean(text, names)}")
    return text


def _ask_of_roles(
    machines: Standing, used: Sequence[Policy]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The roles that a person says machines have."""
    for role in machines.roles if used else ():
        if role.network:
            continue
        listed = ", ".join(f"{p.name}.{name}" for p in used for name in p.roles)
        place = where((role,))
        at = "" if place == "any" else f" ({place})"
        found = _asked(
            f"Which roles does {role.name}{at} have? ({listed}; empty: none) ",
            lambda text: tuple(_role_of(part, used) for part in _split(text)),
        )
        if found:
            yield role.name, found


def _asked(question: str, read: Callable[[str], _Answer]) -> _Answer:
    """A person's answer, asked for again where it cannot be understood; else that to nothing."""
    for _ in range(_TRIES):
        ask(question)
        line = sys.stdin.readline()
        try:
            return read(line.strip())
        except ValueError as error:
            complain(str(error))
        except InputErrors as several:
            complain_of(several.errors)
        if not line:
            break
    return read("")
