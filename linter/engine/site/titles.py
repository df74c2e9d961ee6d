"""What long lists of addresses are called in a site's findings."""

from flowmodel.site import Site
from flowmodel.values import size
from linter.engine.sets.space import Space


def give_titles(space: Space, site: Site) -> None:
    """Let findings name the ends of flows, where no machine has an export, and the internet."""
    on_machines = {role for device in site.devices for role in device.roles}
    for end in (end for flow in site.requirements for pair in flow.ends for end in pair):
        if end.kind != "internet" and end.name not in on_machines:
            continue
        title = "the internet" if end.kind == "internet" else end.name
        for addresses in (end.addresses, end.wide):
            values = addresses.of(space.family)
            # A short list of prefixes says more than a name, unless it is nearly everything.
            if len(values) > 2 or size(values) > 1 << (len(space.fields["src"]) - 1):
                space.titles.setdefault(values, title)
