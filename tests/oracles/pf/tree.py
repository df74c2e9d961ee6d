"""Elements of a config.xml, made and asked with few words."""

from xml.etree.ElementTree import Element, SubElement, indent, tostring


def add(parent: Element, path: str, text: str = "") -> Element:
    """A new element at the path below the parent; elements on the way are made or found."""
    *way, last = path.split("/")
    for tag in way:
        found = parent.find(tag)
        parent = SubElement(parent, tag) if found is None else found
    made = SubElement(parent, last)
    made.text = text or None
    return made


def entry(parent: Element, path: str, values: dict[str, str]) -> Element:
    """A new element with the given children; paths as names make deeper ones."""
    made = add(parent, path)
    for name, text in values.items():
        add(made, name, text)
    return made


def text(element: Element | None, path: str) -> str:
    """The text at the path, without outer space; empty where there is none."""
    return "" if element is None else (element.findtext(path) or "").strip()


def has(element: Element | None, path: str) -> bool:
    """Whether there is an element at the path: pfSense's booleans (config_path_enabled)."""
    return element is not None and element.find(path) is not None


def written(root: Element) -> str:
    """The whole file, indented as pfSense writes it."""
    indent(root, "\t")
    return '<?xml version="1.0"?>\n' + tostring(root, encoding="unicode") + "\n"
