"""Reads application profiles of ufw (ufw(8), APPLICATION INTEGRATION)."""

import configparser
import re
from typing import Final

from flowmodel.source import Span
from policies.drafts.skeleton import name_for
from policies.drafts.told import Told, ToldPort, told_port
from policies.yaml_nodes import Errors

_SECTION: Final = re.compile(r"^\[[^\]]+\]\s*$", re.MULTILINE)
_PORTS: Final = re.compile(r"^ports\s*[=:]", re.MULTILINE)


def is_one(text: str) -> bool:
    """Whether a text has application profiles."""
    return bool(_SECTION.search(text) and _PORTS.search(text))


def read(errors: Errors) -> tuple[Told, ...]:
    """The profiles of a file; what is wrong with one is noted in `errors`."""
    parser = configparser.RawConfigParser(
        delimiters=("=",), comment_prefixes=("#", ";"), default_section=""
    )
    try:
        parser.read_string("\n".join(errors.source.lines), errors.source.path)
    except configparser.Error as error:
        line = getattr(error, "lineno", None) or 1
        errors.add("this is no profile of ufw", Span(errors.source.path, line, 1, line, 1))
        errors.stop()
    return tuple(_profile(errors, parser, name) for name in parser.sections())


def _profile(errors: Errors, parser: configparser.RawConfigParser, name: str) -> Told:
    line = _line_of(errors, name)
    place = Span(errors.source.path, line, 1, line, 1)
    ports: list[ToldPort] = []
    if name == configparser.DEFAULTSECT:
        # ufw reads its profiles with configparser, where this one lends its keys to all others.
        errors.add(f"`[{name}]` is no profile; write its keys into each profile of the file", place)
    elif not parser.get(name, "ports", fallback="").strip():
        errors.add(f"profile `{name}` has no `ports=`", place)
    for part in parser.get(name, "ports", fallback="").split("|"):
        numbers, slash, protocol = part.strip().partition("/")
        if not numbers.strip():
            if part.strip():
                errors.add(f"`{part.strip()}` has no port", place)
            continue
        # Without a protocol ufw opens the ports for both; a colon is its sign for a range.
        protocol = protocol if slash else "tcp+udp"
        numbers = numbers.replace(":", "-")
        try:
            ports.append(told_port(protocol, numbers, line))
        except ValueError as error:
            errors.add(str(error), place)
    title = " ".join(parser.get(name, "title", fallback="").split()) or name
    return Told(name_for(name, "profile"), title, f"ufw application profile {name}", tuple(ports))


def _line_of(errors: Errors, name: str) -> int:
    """The line of the profile's ports, or of its name."""
    lines = errors.source.lines
    first = next((n for n, line in enumerate(lines, 1) if line.strip() == f"[{name}]"), 1)
    for number, line in enumerate(lines[first:], first + 1):
        if line.startswith("["):
            break
        if _PORTS.match(line):
            return number
    return first
