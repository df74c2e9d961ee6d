"""The whole text of a proposed site file."""

from collections.abc import Iterator, Sequence
from typing import Final

from flowmodel.record import NamedTuple
from flowmodel.site import OWN
from linter.drafts.model import Allowed, Device, Draft
from linter.drafts.words import literals
from linter.report.draft.uses import uses, where
from linter.report.draft.yaml import beside, comment, hidden, listed, paragraph, quoted
from policies.model import Policy
from policies.places import WORDS

SCHEMA: Final = "fwlint.schema.json"
_INTERNET: Final = WORDS[0]
_NETWORK: Final = "NETWORK"
"""What stands for a network that nobody told: no site file is read with it."""
_SHOWN: Final = 40
"""How many openings that no entry can say are listed."""


class Around(NamedTuple):
    """What has to be said beside the draft itself."""

    path: str
    """The name of the file, for commands."""
    policies: tuple[Policy, ...] = ()
    own: tuple[str, ...] = ()
    """The paths of policies that do not come with fwlint."""
    notes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What `fwlint check` says of the file as it is: a sentence, and the lines below it."""
    missing: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 - nobody changes it
    """What has to be filled in, by device."""
    outside: tuple[str, ...] = ()
    """The folders outside the file's own tree that it names files in."""


def render(draft: Draft, around: Around) -> str:
    """The text, which ends in a line feed."""
    lines = [
        *_head(draft, around),
        *_networks(draft),
        *_roles(draft),
        *_devices(draft, around),
        *_policies(around),
        *uses(draft, around.policies),
        *_allow(draft),
        *_asides(draft),
        *_accept(),
    ]
    return "\n".join(lines) + "\n"


def _head(draft: Draft, around: Around) -> Iterator[str]:
    yield f"# yaml-language-server: $schema={SCHEMA}"
    yield from paragraph(
        f"(The line above is for editors: `fwlint policy schema > {SCHEMA}` writes that file.)"
    )
    yield "#"
    command = " ".join(("fwlint check", _shell(around.path), *_allowed(around.outside)))
    yield from paragraph(
        f"A site file of fwlint, written by `fwlint init`. Check it with `{command}`; "
        "fwlint's docs/policies.md says what else can stand here."
    )
    for sentence, details in around.notes:
        yield "#"
        yield from paragraph(sentence)
        yield from (comment(f"  {each}") for each in details)
    yield "fwlint: site/1"
    yield f"name: {quoted(draft.name)}"


def _allowed(folders: Sequence[str]) -> Iterator[str]:
    return (f"--allow-outside {_shell(folder)}" for folder in folders)


def _shell(text: str) -> str:
    from shlex import quote

    return quote(text)


def _networks(draft: Draft) -> Iterator[str]:
    yield ""
    if not draft.networks:
        yield from paragraph(
            f"Your own networks, by name; every other address is `{_INTERNET}`. "
            "The exports tell none."
        )
        yield from hidden(("networks:", "  office: 10.0.0.0/24"), 0)
        return
    yield beside("networks:", f"every other address is `{_INTERNET}`")
    for each in draft.networks:
        yield beside(f"  {quoted(each.name)}: {listed(literals(each.addresses))}", each.told)


def _roles(draft: Draft) -> Iterator[str]:
    yield ""
    if not draft.roles:
        yield from paragraph(
            "Your own machines and networks, by name: what is open to them has to stand under "
            "`allow:` or in a policy. The exports tell none."
        )
        yield from hidden(("roles:", "  servers: 10.0.0.0/24"), 0)
        return
    yield from paragraph(
        "Your own machines and networks: what is open to one has to stand under `allow:`, "
        f"or in a policy. Flows name them `{OWN}.{draft.roles[0].name}`."
    )
    yield "roles:"
    for role in draft.roles:
        value = where((role,))
        told = role.told
        if value == "any":
            told = "not told: write its addresses, or add the output of `ip -j addr`"
        yield beside(f"  {quoted(role.name)}: {value}", told)


def _devices(draft: Draft, around: Around) -> Iterator[str]:
    yield ""
    yield "devices:"
    for device in draft.devices:
        yield f"  {quoted(device.name)}:"
        for text in around.missing.get(device.name, ()):
            yield from paragraph(f"MISSING: {text}", 4)
        yield f"    config: {listed(device.exports)}"
        yield from _standing(draft, device)
        yield from _families(device)


def _families(device: Device) -> Iterator[str]:
    for family in device.silent:
        tool = "ip6tables-save" if family == 6 else "iptables-save"
        yield from paragraph(
            f"The exports say nothing of IPv{family}: add the output of `{tool}`"
            + (", or say that it is off:" if family == 6 else "."),
            4,
        )
        if family == 6:
            yield from hidden(("    ipv6: no",), 4)


def _standing(draft: Draft, device: Device) -> Iterator[str]:
    """Where the device stands."""
    if device.kind == "account":
        return
    if device.kind == "machine":
        role = next(each for each in draft.roles if each.name == device.role)
        names = (f"{OWN}.{role.name}", *role.taken)
        yield beside(f"    host: {listed(names)}", "and the roles of policies that it has")
        yield from _why(device, "write `interfaces:` instead of `host:`")
        if device.interfaces:
            yield from _interfaces(device)
        return
    yield from _why(device, f"write `host: {OWN}.NAME` instead, and NAME under `roles:`")
    yield from _interfaces(device)


def _why(device: Device, otherwise: str) -> Iterator[str]:
    if device.why:
        kind = "a machine itself" if device.kind == "machine" else "a firewall between networks"
        yield from paragraph(f"Taken for {kind}: {device.why}. If not, {otherwise}.", 4)


def _interfaces(device: Device) -> Iterator[str]:
    """The interfaces: as comments where the exports tell all, or where nobody knows.

    None counts before all are known: what comes by an interface that a site file does not list is
    asked about by no check.
    """
    if device.is_told:
        yield from _told(device)
        return
    if not device.interfaces:
        yield comment("MISSING: say what is behind each of its interfaces:", 4)
        example = ("    interfaces:", f"      wan0: {_INTERNET}", f"      lan0: {_NETWORK}")
        yield from hidden(example, 4)
        return
    lines = ["    interfaces:"]
    for each in device.interfaces:
        networks = (*each.networks, *((_INTERNET,) if each.is_outside else ()))
        lines.append(f"      {quoted(each.names[0])}: {listed(networks or (_NETWORK,))}")
    if all(each.is_known for each in device.interfaces):
        yield from lines
        return
    yield from paragraph(_unknown(device), 4)
    yield from hidden(lines, 4)


def _unknown(device: Device) -> str:
    """What to do where nobody told what is behind interfaces."""
    name = next(each.names[0] for each in device.interfaces if not each.is_known)
    given = f"--interface {device.name}:{name}={_NETWORK}"
    how = (
        f"Its rules name these interfaces: say what is behind each. `{_INTERNET}` and networks "
        "above can stand there, or a list of both. Leave out one that is not in use."
    )
    if device.kind == "machine":
        return how
    return (
        f"{how} Given to `fwlint init` as in `{given}`, or with the output of `ip -j addr` and "
        "`ip -j route`, it finds out more of what is open."
    )


def _told(device: Device) -> Iterator[str]:
    """What the exports tell, for people alone."""
    if not any(each.is_outside for each in device.interfaces):
        yield from paragraph(
            "None of its interfaces has a gateway. If one leads to the internet, say it, as in "
            f"`interfaces: {{wan: {_INTERNET}}}`.",
            4,
        )
    yield comment("Behind its interfaces is, as its exports tell:", 4)
    for each in device.interfaces:
        names = ", ".join(each.names[1:])
        inside = each.networks or literals(each.addresses)
        behind = (*inside, *((_INTERNET,) if each.is_outside else ()))
        told = ", ".join(behind) or "nothing that they tell"
        yield comment(f"  {each.names[0]}{f' ({names})' if names else ''}: {told}", 4)


def _policies(around: Around) -> Iterator[str]:
    if around.own:
        yield ""
        yield f"policies: {listed(around.own)}"


def _allow(draft: Draft) -> Iterator[str]:
    yield ""
    yield from paragraph(
        "What else may be open. These are the openings of today: review each, give it a `purpose:`"
        " or close it. What is open and not here, or in a policy, is a finding."
    )
    is_any = any(not each.doubts for each in draft.allowed)
    if not draft.allowed:
        yield comment("Nothing that a site file can allow is open today.")
    yield "allow:" if is_any else next(hidden(("allow:",), 0))
    doubtful = [each for each in draft.allowed if each.doubts]
    for each in draft.allowed:
        if not each.doubts:
            yield from _entry(each)
    if doubtful:
        yield from paragraph(
            "Not allowed yet, because somebody has to look first. If one is meant, take away the "
            "`# ` in front of its four lines.",
            2,
        )
    for each in doubtful:
        yield from _entry(each)


def _entry(entry: Allowed) -> Iterator[str]:
    for doubt in entry.doubts:
        yield comment(f"LOOK: {doubt}", 2)
    yield from (comment(text, 2) for text in entry.told)
    yield from (comment(f"({text})", 2) for text in entry.remarks)
    lines = (
        f"  - id: {quoted(entry.name)}",
        f"    from: {listed(entry.sources)}",
        f"    to: {listed(entry.targets)}",
        f"    service: {listed(entry.services)}",
    )
    yield from hidden(lines, 2) if entry.doubts else lines


def _asides(draft: Draft) -> Iterator[str]:
    """What is open, and no entry can say."""
    if not draft.asides:
        return
    yield ""
    yield from paragraph(
        "Also open today, where `allow:` has no say: to firewalls between networks themselves "
        "(FW215 tells what nobody should find open there), and through machines. "
        "`fwlint open` has the rules:"
    )
    for aside in draft.asides:
        yield comment(f"{aside.title}:")
        yield from (comment(f"  {line}") for line in aside.lines[:_SHOWN])
        if (more := len(aside.lines) - _SHOWN) > 0:
            yield comment(f"  and {more} more")


def _accept() -> Iterator[str]:
    yield ""
    yield comment("Findings that this site accepts, each with a reason and its last day:")
    lines = (
        "accept:",
        "  - finding: FW401",
        "    because: Why it may stay",
        "    until: 2030-12-31",
    )
    yield from hidden(lines, 0)
