"""Reads a service of firewalld (firewalld.service(5))."""

import re
from typing import Final
from xml.parsers import expat

from flowmodel.addresses import MULTICAST
from flowmodel.source import Span
from policies.addresses import parse_addresses
from policies.drafts.skeleton import name_for
from policies.drafts.told import Told, ToldPort, told_port
from policies.yaml_nodes import Errors

_ROOT: Final = re.compile(r"\s*(<\?xml[^>]*\?>)?\s*(<!--.*?-->\s*)*<service[\s/>]", re.DOTALL)


def is_one(text: str) -> bool:
    """Whether a text is the XML of a service."""
    return bool(_ROOT.match(text))


def read(errors: Errors) -> tuple[Told, ...]:
    """The one service of a file; what is wrong with it is noted in `errors`."""
    reader = _Reader(errors)
    reader.parse("\n".join(errors.source.lines))
    file = errors.source.path.replace("\\", "/").rpartition("/")[2].removesuffix(".xml")
    return (
        Told(
            name=name_for(file, "service"),
            title=" ".join(reader.short.split()) or file,
            source=f"firewalld service {file}",
            ports=tuple(reader.ports),
            group=tuple(reader.group),
            includes=tuple(reader.includes),
            gaps=tuple(reader.gaps),
        ),
    )


class _Reader:
    """Takes the elements of the file one after the other."""

    def __init__(self, errors: Errors) -> None:
        self.errors = errors
        self.short = ""
        self.ports: list[ToldPort] = []
        self.group: list[str] = []
        self.includes: list[str] = []
        self.gaps: list[str] = []
        self._path: list[str] = []
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype

    def parse(self, text: str) -> None:
        """Read the whole text; raises InputErrors where it is no XML."""
        try:
            self._parser.Parse(text.encode("utf-8"), True)  # noqa: FBT003 - whether it is the end
        except expat.ExpatError as error:
            self.errors.add(f"not valid XML: {expat.ErrorString(error.code)}", self._here())
            self.errors.stop()

    def _here(self) -> Span:
        line = self._parser.CurrentLineNumber
        column = self._parser.CurrentColumnNumber + 1
        return Span(self.errors.source.path, line, column, line, column)

    def _doctype(self, *_: object) -> None:
        # A service has no use for entities, and a hostile file has.
        self.errors.add("a service has no document type declaration", self._here())
        self.errors.stop()

    def _text(self, text: str) -> None:
        if self._path == ["service", "short"]:
            self.short += text

    def _end(self, _: str) -> None:
        self._path.pop()

    def _start(self, name: str, values: dict[str, str]) -> None:
        self._path.append(name)
        if len(self._path) != 2:
            return
        match name:
            case "port" | "protocol":
                protocol = values.get("protocol") or values.get("value") or ""
                self._port(protocol, values.get("port", ""))
            case "source-port":
                self.gaps.append(
                    f"packets from port {values.get('port')}/{values.get('protocol')}, to any port"
                )
            case "destination":
                self._destination(values)
            case "include":
                self.includes.append(name_for(values.get("service", "")))
            case "module" | "helper":
                helper = values.get("name", "").removeprefix("nf_conntrack_")
                self.gaps.append(f"the ports that the connection helper `{helper}` opens")
            case "short" | "description":
                pass
            case _:
                self.errors.add(f"unknown element <{name}> in a service", self._here())

    def _port(self, protocol: str, ports: str) -> None:
        try:
            self.ports.append(told_port(protocol, ports, self._parser.CurrentLineNumber))
        except ValueError as error:
            self.errors.add(str(error), self._here())

    def _destination(self, values: dict[str, str]) -> None:
        for text in values.values():
            try:
                is_group = not parse_addresses(text) - MULTICAST
            except ValueError:
                is_group = False
            if is_group:
                self.group.append(text)
            else:
                self.gaps.append(f"it is for packets to {text} only")
