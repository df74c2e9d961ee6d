"""The kernel's settings (sysctl) that a config.xml changes."""

from parsers.pf.xml import Element

_NONE = -1
"""What stands for a value that is no number."""


def tunables(root: Element) -> dict[str, int]:
    """The settings by name, without those that are left as they are."""
    return {
        item.get("tunable"): _number(item.get("value"))
        for item in _items(root)
        if item.get("value") not in {"", "default"}
    }


def setting(root: Element, name: str) -> Element | None:
    """Where the setting of this name stands; the last one counts."""
    return next((item for item in reversed(_items(root)) if item.get("tunable") == name), None)


def _items(root: Element) -> list[Element]:
    section = root.child("sysctl")
    return section.all("item") if section else []


def _number(text: str) -> int:
    """A number as sysctl(8) takes it."""
    try:
        return int(text, 0)
    except ValueError:
        return _NONE
