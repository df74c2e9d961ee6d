"""Whether a site says enough to prove anything: else a clean answer would mean nothing."""

from collections.abc import Iterator

from flowmodel.site import Site
from flowmodel.source import InputError, Span
from linter.checks.subject import Failure


def unprovable(site: Site) -> Iterator[Failure]:
    """What to say where all flows are switched off, or nothing is asked.

    Flows without ends are another matter: who binds a peer to `none` asks what else is open.
    """
    flows = site.requirements
    bound = [flow for flow in flows if flow.ends]
    if bound and all(flow.inactive_because for flow in flows):
        why = ", ".join(dict.fromkeys(flow.inactive_because for flow in bound))
        yield _failure(site, f"no flow of the site is in use ({why})")
    elif not (site.roles or bound or _divides(site)):
        what = "the site has no role, no flow, and no device between two networks"
        yield _failure(site, what)


def _failure(site: Site, why: str) -> Failure:
    path = site.sources[0].path if site.sources else ""
    return Failure(InputError(f"nothing to prove: {why}", Span(path, 1, 1, 1, 1)))


def _divides(site: Site) -> bool:
    """Whether a device lies between two networks, one of which the site names."""
    for device in site.devices:
        sides = [each.networks for each in device.interfaces]
        names = {name for side in sides for name in side}
        if len(sides) > 1 and len(names) > 1 and names & site.networks.keys():
            return True
    return False
