"""No export was given for one side of a needed or forbidden connection.

**Reports.** Something that the policies need or forbid was not checked, for one of these reasons:

- No device on the way of a flow has an export, or none is between some ends of a flow with `need: never`.
- The site file has no device between two networks that flows need to cross, so firewalls on that way were not checked.
- No interface of the site's devices leads to a network, or to part of it. What is open from there is not known either.
- Some machines of a role have a firewall in the exports, and others do not. The site file says which one a device stands at: `host: {role: shop.web, address: 192.0.2.10}`.
- Needed flows cross a device in an address family that its exports do not cover, unless FW401 already reports this.

**Why it matters.** Otherwise "no finding" would read as "it works", or as "it is blocked".

**Example.** The web server needs its database:

```yaml
- {id: sql, from: web, to: db, service: 5432/tcp}
```

The database is in the network `inside`, but in the site file no interface leads there:

```yaml
interfaces: {wan0: internet, lan0: office, wlan0: guests, dmz0: dmz}
```

**How to fix.** Add the device and its export to the site file.
If there is no firewall, ignore the finding.
"""

from collections.abc import Iterator

from flowmodel.fields import Family
from flowmodel.finding import Finding
from flowmodel.site import Device
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.required.reach import apart, bare, unchecked, unlinked, untold, unwatched
from linter.checks.rulebase.families import unfiltered
from linter.checks.silence import silent
from linter.checks.subject import Subject
from linter.checks.words import flow_words


def run(subject: Subject) -> Iterator[Finding]:
    """What no export says anything about; where no export could be read, that was said already."""
    if not subject.rulesets:
        return
    for requirement, way in unchecked(subject):
        yield CHECK.finding(
            f"no export shows whether required flow {flow_words(requirement)} works",
            at(
                requirement.span,
                "no device with an export is on its path",
                extent=way,
            ),
            requirement=requirement,
            remedy="add the device between the ends, with its export, to the site file",
            key=("FW113", requirement.name),
        )
    for requirement, way in unwatched(subject):
        yield CHECK.finding(
            f"no export shows whether forbidden flow {flow_words(requirement)} is blocked",
            at(
                requirement.span, "no device with an export is between some of its ends", extent=way
            ),
            requirement=requirement,
            remedy="add the device between the ends, with its export, to the site file",
            key=("FW113", requirement.name),
        )
    yield from _ways(subject)
    yield from _machines(subject)
    reported = {each.device.name for each in unfiltered(subject)}
    for survey in subject.surveys:
        for device, flows in silent(survey):
            if device.name not in reported:
                yield _silent(device, survey.family, flows)


def _ways(subject: Subject) -> Iterator[Finding]:
    """One finding for each two networks without a device between them, and for each one apart."""
    without = unlinked(subject)
    for ends, (first, *others) in without.items():
        yield CHECK.finding(
            f"no device of the site connects {ends[0]} to {ends[1]}",
            at(
                first.span,
                "needs a path" + (f", as {len(others)} more flows do" if others else ""),
                extent=", ".join(flow.name for flow in [first, *others][:4]),
                about=[flow.name for flow in [first, *others]],
            ),
            flow=first.name,
            remedy="add the device between them, or the interface that the network is behind",
            key=("FW113", *ends),
        )
    told = {network for ends in without for network in ends}
    for network, addresses, router in apart(subject.site):
        if network not in told:
            yield CHECK.finding(
                f"no device of the site leads to {network}; what is open from there is unknown",
                at(router.span, "this device leads to other networks", extent=addresses),
                remedy="add the interface that the network is behind, or the device in front of it",
                key=("FW113", network),
            )


def _machines(subject: Subject) -> Iterator[Finding]:
    for role, addresses, host in bare(subject.site):
        yield CHECK.finding(
            f"some machines of {role.name} have no firewall in any export",
            at(host.span, "other machines of it are here", extent=addresses),
            remedy="add the missing devices with their exports, or correct the addresses",
            key=("FW113", role.name, "machines"),
        )
    for each in untold(subject.site):
        name, given = each.role.name, len(each.devices) + each.told
        yield CHECK.finding(
            f"{name} has {each.count} machines, and there are exports of "
            f"{'one' if given == 1 else given} only",
            at(each.devices[0].span, "of one machine; the site does not say which"),
            remedy=(
                f"say which it is (`host: {{role: {name}, address: …}}`), and add a device "
                "with its exports for each of the others"
            ),
            key=("FW113", name, "exports"),
        )


def _silent(device: Device, family: Family, flows: list[str]) -> Finding:
    more = f" and {len(flows) - 4} more" if len(flows) > 4 else ""
    return CHECK.finding(
        f"no export of {device.name} covers IPv{family}, but required flows cross it over IPv{family}",
        at(
            device.span,
            f"no export of this device covers IPv{family}",
            extent=f"{', '.join(flows[:4])}{more}",
            about=flows,
        ),
        device=device.name,
        remedy=f"add the device's IPv{family} export",
        key=("FW113", device.name, f"IPv{family}"),
    )


CHECK = Check("FW113", "opposite-end-unchecked", "info", __doc__, run)
