"""OPNsense's config.xml as rules, translations and interfaces of pf."""

from collections.abc import Iterable, Iterator

from flowmodel.ruleset import Link
from parsers.pf.around import oddities
from parsers.pf.bridges import bridges, crossed, moved
from parsers.pf.ipsec import DEVICE, Tunnels, asked, mode, translated
from parsers.pf.opnsense.aliases import Aliases
from parsers.pf.opnsense.capitals import keep_capitals
from parsers.pf.opnsense.coverage import strangers
from parsers.pf.opnsense.interfaces import Interfaces, gateway_families, interfaces
from parsers.pf.opnsense.links import links, unrouted
from parsers.pf.opnsense.models import replaced
from parsers.pf.opnsense.names import Names
from parsers.pf.opnsense.nat import Outbound
from parsers.pf.opnsense.programs import programs
from parsers.pf.opnsense.redirects import Redirects
from parsers.pf.opnsense.rule import Rules
from parsers.pf.opnsense.sections import Placed, is_empty, overloads, user_rules
from parsers.pf.opnsense.services import service_rules
from parsers.pf.opnsense.settings import Settings
from parsers.pf.opnsense.system import protected, skipped, system_rules
from parsers.pf.opnsense.tunnels import DROPS, dropping
from parsers.pf.pfsense.links import INWARD, UNTOLD
from parsers.pf.remarks import Check, Remarks
from parsers.pf.rules import Configuration, PfRule, Protocol, Translation
from parsers.pf.switches import odd_switches
from parsers.pf.xml import Element

_IPV6_UNTOLD = (
    "neither <ipv6allow> nor <disableipv6> is there: an older OPNsense lets no IPv6 through then,"
    " a newer one does"
)
_PERHAPS_OFF = "whether a <disablefilter> that is empty or 0 switches packet filtering off"
_PERHAPS_ON = "whether a <disablefilter> that is empty or 0 leaves packet filtering on"
_UNROUTED = (
    "no route leads to the networks of the peers of {} (<disableroutes>): they are behind it for"
    " what comes from there, and what goes to them may take another way"
)
_ENC0 = "enc0"
_CARP = Protocol(((112, 112),), ((112, 112),))


def read(root: Element) -> Configuration:
    """The configuration of an OPNsense."""
    keep_capitals(root)
    remarks = Remarks()
    settings = Settings(root)
    found = interfaces(root)
    filled = frozenset(overloads(root))
    aliases = Aliases(root, found, filled)
    names = Names(found, aliases)
    schedules = root.child("schedules")
    known = {each.get("name") for each in (schedules.all("schedule") if schedules else [])}

    def note(
        element: Element, check: Check, message: str, title: str, field: Element | None
    ) -> None:
        remarks.say(check, message, element, title, field)

    rules = Rules(
        names,
        gateway_families(root),
        frozenset(known),
        note,
        skips_down=settings.is_on("skip_rules_gw_down"),
    )
    off = skipped(root, found)
    outbound = Outbound(root, settings, names, off, note)
    redirects = Redirects(root, settings, names, outbound)
    placed = [
        *system_rules(root, settings, found, filled),
        *service_rules(root, settings, found),
        *redirects.filter_rules(),
        *user_rules(root, found),
    ]
    tunnels = _tunnels(root, found)
    bridged = bridges(root, found.names)
    own = translated(_translations(root, settings, found, redirects, outbound), tunnels)
    translations = tuple(moved(own, bridged))
    inside = asked((_skip(settings, off), *_made(placed, rules)), tunnels, remarks)
    made = tuple(crossed(inside, bridged, remarks))
    perhaps_off = settings.perhaps_off
    if perhaps_off:
        remarks.say("FW902", _PERHAPS_OFF, perhaps_off)
        unread = (_PERHAPS_OFF,)
        made = (PfRule(perhaps_off, "pass quick (no filter)", "pass", unread=unread), *made)
        translations = tuple(
            each._replace(unread=(*each.unread, _PERHAPS_ON)) for each in translations
        )
    is_filtering = perhaps_off is not None or not settings.is_on("disable_filter")
    if not is_filtering:
        off_at = settings.place("opnsense", "firewall", "filter", "settings", "filter")
        older = root.find("system", "disablefilter")
        message = "packet filtering is switched off: everything passes"
        remarks.say("FW313", message, older or off_at)
    behind = links(root, found)
    _remark_links(root, found, behind, remarks)
    if not settings.tells_ipv6:
        remarks.say("FW902", _IPV6_UNTOLD, settings.place("system"))
    for path in (("filter",), ("nat",), ("nat", "outbound")):
        section = root.find(*path)
        for rule in section.all("rule") if section else ():
            if is_empty(rule):
                remarks.say("FW307", "OPNsense skips a rule in which nothing stands", rule)
    for element in replaced(root):
        remarks.say("FW307", "another one has the same uuid and takes its place", element)
    for each in (*strangers(root), *oddities(root), *odd_switches(root)):
        remarks.say(
            "FW901", f"{each.message}: what it is about may mean less or more", each.element
        )
    for each in aliases.left_out():
        remarks.say("FW901", f"{each.message}: OPNsense leaves it out", each.element)
    return Configuration(
        "OPNsense",
        root,
        made,
        translations,
        behind,
        remarks.all(),
        names.itself,
        is_filtering=is_filtering,
    )


def _remark_links(
    root: Element, found: Interfaces, behind: tuple[Link, ...], remarks: Remarks
) -> None:
    """Remark what the export does not tell of where the device stands, and what is beside pf."""
    wan = found.enabled("wan")
    if wan and not any(link.is_outside for link in behind):
        remarks.say("FW902", INWARD, wan.element)
    for link in behind:
        if not link.addresses and not link.is_outside:
            element = found.by_id[link.names[0]].element
            remarks.say("FW902", UNTOLD.format(link.names[0]), element)
    for server, device in unrouted(root, found):
        remarks.say("FW902", _UNROUTED.format(device), server)
    for child in dropping(root):
        remarks.say("FW902", DROPS, child)
    for settings, what in programs(root):
        remarks.say("FW902", what, settings)


def _made(placed: Iterable[Placed], rules: Rules) -> Iterator[PfRule]:
    """All rules by their priorities; those of one priority in the order they were found."""
    for each in sorted(placed, key=lambda one: one.priority):
        yield from rules.made(each.draft)


def _skip(settings: Settings, off: tuple[str, ...]) -> PfRule:
    title = f"pass quick on {', '.join(off)} (set skip)"
    # Tunnels are left out because somebody said so; loopback and pfsync always are.
    is_given = not any(name.startswith("ipsec") for name in off)
    return PfRule(settings.place("filter"), title, "pass", on=off, is_given=is_given)


def _translations(
    root: Element,
    settings: Settings,
    found: Interfaces,
    redirects: Redirects,
    outbound: Outbound,
) -> list[Translation]:
    redirected = list(redirects.translations(protected(root, settings, found)))
    others = list(outbound.translations())
    place = settings.place("nat")
    never: list[Translation] = []
    for kind in ("nat", "rdr"):
        if any(each.kind == kind for each in (*redirected, *others)):
            never += [
                Translation(
                    place,
                    f"no {kind} proto carp all",
                    "nat" if kind == "nat" else "rdr",
                    4 if family == 4 else 6,
                    None,
                    protocol=_CARP,
                )
                for family in (4, 6)
            ]
    return [*never, *redirected, *others]


def _tunnels(root: Element, found: Interfaces) -> Tunnels:
    """IPsec's interfaces, and where pf asks its rules about what comes through them."""
    enc0 = frozenset({_ENC0})
    devices: list[str] = []
    for each in found.real_ones():
        device = each.element.get("if")
        if device == _ENC0:
            enc0 |= frozenset(each.names)
        elif device.startswith(DEVICE):
            devices += each.names
    return Tunnels(mode(root), enc0, tuple(devices), root.child("ipsec") or root)
