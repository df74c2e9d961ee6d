"""The rules that one packet passes on a device that was read."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_interface
from typing import Any, get_args

from flowmodel.addresses import Addresses, for_all_of, of_family, others
from flowmodel.fields import FAMILIES, Family
from flowmodel.packet import Packet
from flowmodel.ruleset import RuleSet, Traffic, base_chains, traffic_of
from flowmodel.source import InputError, InputErrors
from flowmodel.values import single
from flowmodel.verdict import DROP
from fwlint.errors import UndecidedError, UsageError
from fwlint.loading import Loaded, listed
from fwlint.names import Names
from fwlint.packets import PacketError, from_object, parse_expression
from linter.engine.budget import TooComplexError
from linter.engine.device.trace import Trace, Tracer
from linter.engine.packet.routing import Own, shown_own
from parsers import ANYWHERE

_SHOWN = 5
_HOOKS = get_args(Traffic)


def trace(
    loaded: Loaded,
    packet: str | Mapping[str, Any],
    *,
    device: str = "",
    hook: Traffic | None = None,
    addresses: Sequence[str] = (),
) -> Trace:
    """The verdict on a packet, with the rules that it passes: see docs/api.md.

    Raises InputErrors for a packet that cannot be read, UndecidedError for one that cannot be
    decided, and UsageError where it is not clear which firewall is asked.
    """
    if hook and hook not in _HOOKS:
        raise UsageError(f"there is no hook `{hook}`: expected one of {', '.join(_HOOKS)}")
    found = _device(loaded, device)
    refuse_several(found, "load one of them with `at`")
    if hook and addresses:
        raise UsageError("`addresses` say where packets go, and so does `hook`")
    own = own_of(listed(addresses))
    tracer = tracer_of(found, hook, own, is_placed=loaded.place != ANYWHERE)
    one = Names(found).of(_packet(packet))
    try:
        (answer,) = tracer.traces([one])
    except TooComplexError as error:
        raise UndecidedError((f"too complex to decide: {error}",)) from None
    return answer


def _packet(told: str | Mapping[str, Any]) -> Packet:
    try:
        return parse_expression(told) if isinstance(told, str) else from_object(dict(told))
    except InputError as error:
        raise InputErrors((error,)) from None
    except PacketError as error:
        raise UsageError(str(error)) from None


def _device(loaded: Loaded, name: str) -> tuple[RuleSet, ...]:
    if loaded.failures:
        raise InputErrors(tuple(each.error for each in loaded.failures))
    if not name and len(loaded.rulesets) == 1:
        return next(iter(loaded.rulesets.values()))
    if name in loaded.rulesets:
        return loaded.rulesets[name]
    of = f"there is no device `{name}`" if name else "`device` is missing"
    raise UsageError(f"{of}: the devices with exports are {', '.join(loaded.devices)}")


def refuse_several(found: Sequence[RuleSet], advice: str) -> None:
    """Raises UsageError where the exports hold several firewalls, and nobody has named one."""
    places = [ruleset.place for ruleset in found if ruleset.place]
    if len(places) > 1:
        some = ", ".join(places[:_SHOWN]) + (", …" if len(places) > _SHOWN else "")
        raise UsageError(f"the exports contain {len(places)} firewalls; {advice}: {some}")


def tracer_of(
    found: Sequence[RuleSet], hook: Traffic | None, own: Own, *, is_placed: bool
) -> Tracer:
    """What answers for packets of one firewall.

    Without a hook, packets go where rules and the device's own addresses send them.
    `is_placed`: whether somebody has named the firewall.
    """
    return Tracer(found, _traffic(found, hook, own, is_placed=is_placed))


def own_of(addresses: Sequence[str]) -> Own:
    """What is known of addresses where these are all that the device has of their families.

    They are as they are typed, also with the length of their network's prefix: whoever has an
    address in a network gets what is for its broadcast addresses too, or may get what is for the
    anycast address of its routers.
    """
    found = special = Addresses()
    for text in addresses:
        try:
            typed = ip_interface(text.strip("[]"))
        except ValueError:
            raise UsageError(f"--address {text}: this is not an IP address") from None
        family: Family = 4 if typed.version == 4 else 6
        found |= of_family(family, single(int(typed)))
        first, last = int(typed.network[0]), int(typed.network[-1])
        special |= for_all_of(family, first, last)
    return Own(found, others(found) - special)


def _traffic(
    found: Sequence[RuleSet], hook: Traffic | None, own: Own, *, is_placed: bool
) -> Traffic | Own:
    """The way of the packets that is asked for, or what decides it.

    Raises UsageError for packets that never come to a firewall as they are asked about: the kernel
    lets pass what no chain sees, on a machine; a firewall between networks is none.
    """
    for ruleset in found:
        if not (ruleset.place or is_placed):
            continue
        if traffic_of(ruleset) != {"forward"}:
            # An interface is asked about what comes to it, whichever addresses that is for.
            return hook or "input"
        if hook in (None, "forward"):
            return "forward"
        raise UsageError(f"the firewall {ruleset.place} only forwards: the hook is `forward`")
    if hook:
        return hook
    shown = shown_own(found)
    known = own.addresses | shown.addresses
    return Own(known, (own.others | shown.others) - known, _is_host(found))


def _is_host(found: Sequence[RuleSet]) -> bool:
    """Whether the rules are those of a machine that forwards nothing, or does not care.

    A packet is asked about there because it is for the machine.
    """
    return all(_forwards_nothing(found, family) for family in FAMILIES)


def _forwards_nothing(found: Sequence[RuleSet], family: Family) -> bool:
    chains = [
        chain
        for _, chain in base_chains(found, family)
        if chain.base and "forward" in chain.base.judges
    ]
    return not chains or any(chain.end == DROP and not chain.rules for chain in chains)
