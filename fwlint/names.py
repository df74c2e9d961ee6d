"""Which interface a packet's names mean, where exports tell which interfaces there are."""

from collections.abc import Sequence

from flowmodel.packet import Packet
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet, tells_networks
from fwlint.errors import UsageError
from linter.engine.device.mentions import LOOPBACK, asked_names, rules_of


class Names:
    """The names that interfaces have in exports that tell them (config.xml)."""

    def __init__(self, rulesets: Sequence[RuleSet]) -> None:
        self._links = [link for ruleset in rulesets for link in ruleset.links]
        self._where = self._links[0].span.path if self._links else ""
        self._known: dict[str, str] = {}
        self._prefixes: tuple[str, ...] = ()
        if self._links:
            conditions = (each for rule in rules_of(rulesets) for each in rule.match)
            asked = list(asked_names(conditions))
            self._prefixes = tuple({prefix for name in asked for prefix in name.prefixes})
            rules = (text for name in asked for text in name.names)
            links = (text for link in self._links for text in link.names)
            self._known = {text.lower(): text for text in (*rules, *links)}
            if not any(map(tells_networks, rulesets)):
                # `ip -j addr` tells of it, but nothing lies behind it that would make it a link.
                self._known[LOOPBACK] = LOOPBACK

    def of(self, packet: Packet) -> Packet:
        """The packet with the names of the export; UsageError for an interface it has not.

        The web interface shows `DMZ`, and nothing in the export is called so.
        """
        if not self._links:
            return packet
        in_name, out_name = self._name(packet.in_name), self._name(packet.out_name)
        if (in_name, out_name) == (packet.in_name, packet.out_name):
            return packet
        return replace(packet, in_name=in_name, out_name=out_name)

    def _name(self, name: str | None) -> str | None:
        if not name or (self._prefixes and name.startswith(self._prefixes)):
            return name
        known = self._known.get(name.lower())
        if known is None:
            names = ", ".join(link.names[0] for link in self._links)
            raise UsageError(f"{self._where} has no enabled interface `{name}`; it has {names}")
        return known
