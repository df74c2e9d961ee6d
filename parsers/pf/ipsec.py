"""On which interface pf asks its rules about what comes through IPsec.

FreeBSD shows pf the inner packets on `enc0`, and then not on the device of a routed tunnel
(`ipsec1`, VTI): rules for that interface are asked about nothing that comes in. Or it shows those
of routed tunnels on their devices, and none on `enc0` (enc(4), if_ipsec(4), docs.netgate.com: IPsec
Filter Mode; docs.opnsense.org: the note about if_ipsec(4) in vpnet).
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from flowmodel.record import NamedTuple
from parsers.pf.remarks import Remarks
from parsers.pf.rules import PfRule, Translation
from parsers.pf.tunables import tunables
from parsers.pf.xml import Element

Mode = Literal["enc0", "devices", "unknown"]
DEVICE = "ipsec"
"""How the name of a routed tunnel's device begins."""
_WORDS: dict[str, Mode] = {"": "enc0", "enc": "enc0", "if_ipsec": "devices"}
_TUNABLES: dict[Mode, dict[str, int]] = {
    "enc0": {
        "net.inet.ipsec.filtertunnel": 0,
        "net.inet6.ipsec6.filtertunnel": 0,
        "net.enc.in.ipsec_filter_mask": 2,
        "net.enc.out.ipsec_filter_mask": 1,
    },
    "devices": {
        "net.inet.ipsec.filtertunnel": 1,
        "net.inet6.ipsec6.filtertunnel": 1,
        "net.enc.in.ipsec_filter_mask": 0,
        "net.enc.out.ipsec_filter_mask": 0,
    },
}
_BY_ENC0 = "that pf filters IPsec on enc0"
_BY_DEVICE = "that pf filters IPsec on its devices"
_LEAVING = "what pf says on enc0 of packets that leave by a routed tunnel"


class Tunnels(NamedTuple):
    """The names of IPsec's interfaces, and on which of them pf asks."""

    mode: Mode
    enc0: frozenset[str]
    devices: tuple[str, ...]
    """All names of the routed tunnels that are assigned as interfaces."""
    place: Element


def mode(root: Element) -> Mode:
    """Where pf is asked, by the setting of pfSense and by tunables that somebody has set."""
    word = root.find("ipsec", "filtermode")
    usual = _WORDS.get(word.text if word else "", "unknown")
    ours = _TUNABLES["enc0"]
    chosen = {name: value for name, value in tunables(root).items() if name in ours}
    if chosen == _TUNABLES["devices"]:
        return "devices"
    if usual == "unknown" or chosen.items() <= _TUNABLES[usual].items():
        return usual
    return "unknown"


def asked(rules: Iterable[PfRule], tunnels: Tunnels, remarks: Remarks) -> Iterator[PfRule]:
    """The rules with the interfaces on which pf asks them."""
    if tunnels.mode == "devices":
        # What comes decrypted out of other tunnels meets the rules of the interface outside.
        unread = ("what rules of other interfaces say of IPsec's tunnels",)
        title = "block quick on enc0: IPsec is filtered on its devices"
        enc0 = tuple(sorted(tunnels.enc0))
        yield PfRule(tunnels.place, title, "block", on=enc0, unread=unread)
        yield from rules
        return
    names = tunnels.enc0.union(tunnels.devices)
    for rule in rules:
        if not tunnels.devices or names.isdisjoint(rule.on):
            yield rule
        else:
            yield from _moved(rule, tunnels, remarks)


def translated(several: Iterable[Translation], tunnels: Tunnels) -> Iterator[Translation]:
    """The translations; those on a device that pf is not asked on are uncertain."""
    devices = frozenset(tunnels.devices)
    for each in several:
        if tunnels.mode == "devices" or devices.isdisjoint(each.on):
            yield each
        else:
            yield each._replace(unread=(*each.unread, _BY_DEVICE))


def _moved(rule: PfRule, tunnels: Tunnels, remarks: Remarks) -> Iterator[PfRule]:
    is_of_enc0 = not tunnels.enc0.isdisjoint(rule.on)
    both = tuple(dict.fromkeys((*rule.on, *(tunnels.devices if is_of_enc0 else ()))))
    if rule.direction != "out":
        yield from _coming(rule._replace(direction="in"), both, tunnels, remarks)
    if rule.direction == "in":
        return
    if not is_of_enc0:
        yield rule._replace(direction="out")
        return
    # pf is asked about them twice, on the device and on enc0, and each time may be the last.
    leaving = rule._replace(direction="out", on=both, unread=(*rule.unread, _LEAVING))
    yield leaving
    if not rule.not_on:
        own = tuple(name for name in rule.on if name not in tunnels.devices)
        yield rule._replace(direction="out", on=own)


def _coming(
    rule: PfRule, both: tuple[str, ...], tunnels: Tunnels, remarks: Remarks
) -> Iterator[PfRule]:
    """The rule for what comes in: on enc0 it means all tunnels, on a device none."""
    is_of_enc0 = not tunnels.enc0.isdisjoint(rule.on)
    if tunnels.mode == "unknown":
        reason = _BY_ENC0 if is_of_enc0 else _BY_DEVICE
        yield rule._replace(on=both, unread=(*rule.unread, reason))
        return
    if is_of_enc0:
        yield rule._replace(on=both)
        return
    left = tuple(name for name in rule.on if name not in tunnels.devices)
    if left:
        yield rule._replace(on=left)
    elif rule.not_on:
        yield rule._replace(on=(), not_on=False)
    elif rule.element.tag == "rule" and not rule.is_disabled:
        why = "pf asks no rule of this interface about what comes in: IPsec is filtered on enc0"
        remarks.say("FW307", why, rule.element, rule.title, rule.element.child("interface"))
