"""What OPNsense's settings switch on, in the new model or in the older sections."""

from flowmodel.record import NamedTuple
from parsers.pf.xml import Element

_OLDER = {
    "no_antilockout": ("system", "webgui", "noantilockout"),
    "disable_filter": ("system", "disablefilter"),
    "skip_rules_gw_down": ("system", "skip_rules_gw_down"),
    "bypass_static_routes": ("filter", "bypassstaticroutes"),
}


class Settings(NamedTuple):
    """The settings of a configuration."""

    root: Element

    def is_on(self, name: str) -> bool:
        """Whether a setting of the filter is on; the model's is asked first (MFP1_1_7.php)."""
        found = self.root.find("opnsense", "firewall", "filter", "settings", "filter", name)
        if found is None and name in _OLDER:
            found = self.root.find(*_OLDER[name])
            return found is not None and found.text != "0"
        return found is not None and found.text not in {"", "0"}

    @property
    def perhaps_off(self) -> Element | None:
        """What may switch packet filtering off, by the version.

        Older ones ask whether `<disablefilter>` is there, newer ones what it says.
        """
        path = ("opnsense", "firewall", "filter", "settings", "filter", "disable_filter")
        found = self.root.find("system", "disablefilter")
        is_unsure = found is not None and found.text in {"", "0"} and not self.root.find(*path)
        return found if is_unsure else None

    @property
    def has_ipv6(self) -> bool:
        """Whether IPv6 is let through at all, or may be (is_ipv6_allowed)."""
        found = self._off_for_ipv6
        return found is None or found.text in {"", "0"}

    @property
    def tells_ipv6(self) -> bool:
        """Whether the export tells that, in the way of newer or of older versions."""
        is_allowed = self.root.find("system", "ipv6allow") is not None
        return is_allowed or self._off_for_ipv6 is not None

    @property
    def _off_for_ipv6(self) -> Element | None:
        return self.root.find("opnsense", "interfaces", "settings", "disableipv6")

    def reflects(self, kind: str) -> bool:
        """Whether port forwards (`dnat`) or 1:1 rules (`binat`) are made for the inside as well."""
        model = self.root.find("opnsense", "firewall", "filter", "settings", "nat")
        if model and model.has(f"reflection_{kind}"):
            return model.get(f"reflection_{kind}") not in {"", "0"}
        older = {
            "dnat": "disablenatreflection",
            "binat": "enablebinatreflection",
            "snat": "enablenatreflectionhelper",
        }
        found = self.root.find("system", older[kind])
        is_set = found is not None and found.text not in {"", "0"}
        return not is_set if kind == "dnat" else is_set

    def place(self, *path: str) -> Element:
        """The element that makes a rule, or the nearest one around it."""
        found = self.root
        for tag in path:
            below = found.child(tag)
            if below is None:
                return found
            found = below
        return found
