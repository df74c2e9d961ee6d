"""The names that a site and its policies have for a flow, as a comment in a rule."""

import re

from flowmodel.finding import Finding
from flowmodel.site import Requirement, Site

_ODD = re.compile(r"[^A-Za-z0-9 _.,:/()+-]")
_MOST = 2


def comment(site: Site, finding: Finding) -> str:
    """`shop.https: users to web`, with nothing in it that a shell or a device would read."""
    flow = next((each for each in site.requirements if each.name == finding.flow), None)
    return flow_comment(flow) if flow else ""


def flow_comment(flow: Requirement) -> str:
    """The same of a flow."""
    ends = ([each[side].name for each in flow.ends] for side in (0, 1))
    sources, targets = (", ".join(list(dict.fromkeys(names))[:_MOST]) for names in ends)
    return _ODD.sub("_", f"{flow.name}: {sources} to {targets}")
