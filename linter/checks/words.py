"""What findings call flows, machines and services: a headline names the port and the peer.

Ten alerts stand in one list, and who reads it must be able to tell them apart.
"""

from collections.abc import Iterable, Sequence

from flowmodel.fields import PORT_PROTOCOLS, TCP, UDP
from flowmodel.site import End, Requirement, Service
from flowmodel.values import Values, complement, full, size
from linter.engine.sets.readout import projected
from linter.engine.sets.space import PacketSet, Space
from linter.engine.sets.witness import protocol_name
from linter.engine.sets.words import ports_in_words

_SHOWN = 2
_MANY = 8
_COMMON = (TCP, UDP)
_LIMIT = 256
_INTERNET = "internet"


def flow_words(flow: Requirement) -> str:
    """`shop.https (443/tcp) from users to web`."""
    name = f"{flow.name} ({services_words(flow.services, any_of=flow.any_of)})"
    if flow.alternative:
        name += f", part of {flow.alternative},"
    if _is_either_way(flow):
        return f"{name} between {source_words(flow)}"
    return f"{name} within {host_words(flow)}" if flow.is_self else _ended(name, flow)


def flows_words(first: Requirement, others: int) -> str:
    """A required flow, and how many more there are, where a finding is about several."""
    more = f", and {others} more flow{'' if others == 1 else 's'}" if others else ""
    return f"required flow {flow_words(first)}{more}"


def _is_either_way(flow: Requirement) -> bool:
    """Whether each pair of ends is there the other way round too, as in a flow with `between`.

    Not among the machines of one role, which has one name only.
    """
    ways = set(flow.ends)
    names = {end.name for pair in flow.ends for end in pair}
    return len(names) > 1 and all(a != b and (b, a) in ways for a, b in flow.ends)


def _ended(name: str, flow: Requirement) -> str:
    sources = source_words(flow)
    return f"{name} from {sources} to {host_words(flow)}" if sources else name


def host_words(flow: Requirement) -> str:
    """The machines that a flow goes to."""
    return listed(end_words(destination, flow.policy) for _, destination in flow.ends)


def source_words(flow: Requirement) -> str:
    """Where a flow comes from."""
    return listed(end_words(source, flow.policy) for source, _ in flow.ends)


def role_words(role: End) -> str:
    """A machine of a product, without the product's name: `web` for `shop.web`."""
    return role.name.partition(".")[2] or role.name


def end_words(end: End, policy: str) -> str:
    """An end of a flow, without the name of the policy that it belongs to."""
    if end.name == _INTERNET:
        return "the internet"
    return "anywhere" if end.name == "any" else end.name.removeprefix(f"{policy}.")


def services_words(services: Sequence[Service], *, any_of: bool = False) -> str:
    """`443/tcp, 80/tcp`, as the policy writes them; of very many the first ones."""
    return listed((service.text for service in services), " or " if any_of else ", ")


def listed(words: Iterable[str], last: str = " and ") -> str:
    """`a, b and c`, each once; of very many the first ones, and how many more there are."""
    found = list(dict.fromkeys(words))
    if len(found) > _SHOWN + 1:
        return f"{', '.join(found[:_SHOWN])} and {len(found) - _SHOWN} more"
    return last.join(filter(None, (", ".join(found[:-1]), *found[-1:])))


def networks_words(internet: str, names: Sequence[str]) -> str:
    """`the internet and office`; of very many networks how many there are."""
    if internet and len(names) > 1:
        return f"{internet} and {len(names)} networks"
    return listed([internet, *names] if internet else names)


def ports_words(ports: dict[int, Values]) -> str:
    """`53/udp`, `80, 443/tcp`, or `every service`: ports by their protocols."""
    named = [number for number in sorted(ports) if number in PORT_PROTOCOLS]
    if len(ports) > _MANY:
        is_every = all(ports[number] == full(16) for number in named)
        return "every service" if is_every else "many services"
    return listed(_of_protocol(number, ports[number]) for number in sorted(ports))


def _of_protocol(number: int, ports: Values) -> str:
    name = protocol_name(number)
    if number not in PORT_PROTOCOLS:
        return name
    if ports == full(16):
        return f"every {name} port"
    missing = complement(ports, 16)
    if len(ports) > _SHOWN and size(missing) < size(ports):
        return f"every {name} port except {ports_in_words(missing)}"
    return f"{ports_in_words(ports)}/{name}"


def ports_of_packets(space: Space, packets: PacketSet) -> dict[int, Values]:
    """The destination ports of the packets, by their protocols."""
    protocols = projected(space, packets, "proto", _LIMIT)
    numbers = [n for first, last in protocols for n in range(first, last + 1)]
    found: dict[int, Values] = dict.fromkeys(numbers, full(16))
    # Of all protocols together nobody asks for the ports of each.
    for number in numbers if len(numbers) <= _MANY else _COMMON:
        mine = packets & space.within(space.fields["proto"], ((number, number),))
        found[number] = projected(space, mine, "dport", _LIMIT)
    return found


def is_or_are(ports: dict[int, Values]) -> str:
    """The verb for what `ports_words` names."""
    words = ports_words(ports)
    is_one = len(ports) == 1 and words.split("/")[0].isdigit()
    named = len(ports) > 1 and words != "every service"
    return "is" if is_one or not (named or "/" in words) else "are"
