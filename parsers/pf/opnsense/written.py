"""A translation of OPNsense as its section writes it."""

from flowmodel.record import NamedTuple
from parsers.pf.opnsense.coverage import is_known
from parsers.pf.opnsense.models import truth
from parsers.pf.opnsense.sections import side_of
from parsers.pf.strange import reasons
from parsers.pf.xml import Element

_OF_MODEL = is_known("opnsense", "firewall", "filter", "snatrules", "rule")
_OF_OLDER = is_known("nat", "outbound", "rule")


class Written(NamedTuple):
    """An outbound rule as one of the two sections writes it."""

    source: tuple[str, bool]
    destination: tuple[str, bool]
    ports: tuple[str, str]
    target: str
    unread: tuple[str, ...] = ()

    @staticmethod
    def of_model(rule: Element) -> "Written":
        """SourceNatRuleField.php, serialize."""
        return Written(
            (rule.get("source_net") or "any", truth(rule, "source_not")),
            (rule.get("destination_net") or "any", truth(rule, "destination_not")),
            (rule.get("source_port"), rule.get("destination_port")),
            rule.get("target"),
            reasons(rule, _OF_MODEL),
        )

    @staticmethod
    def of_older(rule: Element) -> "Written":
        """SNatRule.php."""
        source, source_not, _, odd = side_of(rule, "source")
        destination, destination_not, _, more = side_of(rule, "destination")
        target = rule.get("target")
        if target == "other-subnet":
            target = f"{rule.get('targetip')}/{rule.get('targetip_subnet')}"
        return Written(
            (source, source_not),
            (destination, destination_not),
            (rule.get("sourceport"), rule.get("dstport")),
            target,
            (*odd, *more, *reasons(rule, _OF_OLDER)),
        )

    def title(self, rule: Element) -> str:
        """The rule in words."""
        words = ["no nat" if truth(rule, "nonat") else "nat", "on", rule.get("interface") or "any"]
        for side, (text, negated), port in (
            ("from", self.source, self.ports[0]),
            ("to", self.destination, self.ports[1]),
        ):
            words += [side, ("! " if negated else "") + text] + (["port", port] if port else [])
        if not truth(rule, "nonat"):
            words += ["->", self.target or f"({rule.get('interface')})"]
        return " ".join(words) + said(rule)


def is_off(rule: Element) -> bool:
    """Whether a translation is switched off, in the way of its section."""
    return truth(rule, "disabled") or not truth(rule, "enabled", default=True)


def said(rule: Element) -> str:
    """A rule's description and what the web interface finds it by."""
    text = rule.get("descr") or rule.get("description")
    uuid = rule.attributes.get("uuid")
    return (f' "{text}"' if text else "") + (f" (uuid {uuid})" if uuid else "")
