"""The kernel's settings (sysctl) that a config.xml changes, and what those of bridges mean."""

from parsers.pf.remarks import Remarks
from parsers.pf.xml import Element

_MEMBERS = "net.link.bridge.pfil_member"
_NONE = -1
"""What stands for a value that is no number."""


def tunables(root: Element) -> dict[str, int]:
    """The settings by name, without those that are left as they are."""
    return {
        item.get("tunable"): _number(item.get("value"))
        for item in _items(root)
        if item.get("value") not in {"", "default"}
    }


def remark_bridges(root: Element, remarks: Remarks) -> None:
    """Remark where pf is not asked about what crosses a bridge (if_bridge(4), PACKET FILTERING)."""
    section = root.child("bridges")
    if not section or not section.all("bridged") or tunables(root).get(_MEMBERS, 1) == 1:
        return
    why = "pf asks no rule of a bridge's members about what crosses the bridge ({})"
    for item in _items(root):
        if item.get("tunable") == _MEMBERS:
            remarks.say("FW902", why.format(_MEMBERS), item)


def _items(root: Element) -> list[Element]:
    section = root.child("sysctl")
    return section.all("item") if section else []


def _number(text: str) -> int:
    """A number as sysctl(8) takes it."""
    try:
        return int(text, 0)
    except ValueError:
        return _NONE
