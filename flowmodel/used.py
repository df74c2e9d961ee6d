"""What a site is checked against and with: policies with their documents, and files."""

from flowmodel.record import dataclass
from flowmodel.source import Source


@dataclass(frozen=True, slots=True)
class Document:
    """The vendor's page; the hash is of the text that was read, which is not part of fwlint."""

    title: str = ""
    url: str = ""
    date: str = ""
    read: str = ""
    """The day on which it was read, where the page has no date of its own."""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """A policy that the site uses, with its document and what the site says of it."""

    name: str
    title: str
    document: Document
    source: Source
    titles: tuple[tuple[str, str], ...] = ()
    """What its roles and peers are, by their names: `("dmz", "DMZ server")`."""
    answers: tuple[tuple[str, str], ...] = ()
    """The answers to its options, the site's own or the defaults."""
    ports: tuple[tuple[str, str], ...] = ()
    """The parameters that the site changed, with their ports."""
    not_covered: tuple[str, ...] = ()
    """What the document says nothing of."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that was read of a device: an export, or what belongs to one."""

    device: str
    source: Source
