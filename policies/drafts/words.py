"""A policy from the words of a command line: roles, and flows such as `users > web 443/tcp`."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from flowmodel.source import COMMAND_LINE, Span
from policies.drafts.skeleton import Draft, DraftRow, DraftSection, name_for
from policies.model import BUILT_IN_ENDS
from policies.services import parse_service

_FLOW: Final = re.compile(
    r"(?P<sources>[^<>]+?)\s*(?P<way><?>)\s*(?P<targets>[^\s,<>]+(?:\s*,\s*[^\s,<>]+)*)\s+(?P<services>\S.*)"
)
_PLACE: Final = Span(COMMAND_LINE, 1, 1, 1, 1)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


def from_words(name: str, title: str, roles: Sequence[str], flows: Sequence[str]) -> Draft:
    """The policy that the words say; raises ValueError with a message for people.

    What is at an end of a flow and no role is a peer.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"`{name}` is not a valid name for a policy; write `{name_for(name)}`")
    titles = dict(_titled(one, "a role") for one in roles)
    rows = tuple(_row(flow) for flow in flows)
    peers = {
        end: end
        for row in rows
        for end in (*row.sources, *row.targets)
        if end not in titles and end not in BUILT_IN_ENDS
    }
    if not titles:
        raise ValueError("a policy needs a role: the machine that it is about")
    if not rows:
        raise ValueError("a policy needs a flow, as in `users > web 443/tcp`")
    return Draft(
        name,
        title or name,
        "",
        titles,
        peers,
        (DraftSection(title or name, rows),),
    )


def _titled(text: str, what: str) -> tuple[str, str]:
    name, _, title = (part.strip() for part in text.partition("="))
    if not _NAME.fullmatch(name):
        raise ValueError(f"`{name}` is not a valid name for {what}; write `{name_for(name)}`")
    return name, title or name


def _row(flow: str) -> DraftRow:
    match = _FLOW.fullmatch(flow.strip())
    if not match:
        raise ValueError(f"`{flow}` is no flow; write it as in `users > web 443/tcp`")
    services = tuple(match["services"].split())
    for service in services:
        parse_service(service, _PLACE)
    sources, targets = (tuple(_ends(match[side])) for side in ("sources", "targets"))
    name = name_for(f"{targets[0]}-{services[0]}")
    return DraftRow(name, 0, sources, targets, services, {}, is_either=match["way"] == "<>")


def _ends(text: str) -> Iterator[str]:
    for name in text.split(","):
        yield _titled(name.strip(), "an end of a flow")[0]
