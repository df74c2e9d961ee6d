"""Small policies and sites that tests change at one place, and what came of them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from textwrap import dedent, indent

import pytest

import policies
from flowmodel.site import End, Problem, Requirement, Site
from flowmodel.source import InputErrors
from linter.report.errors import render_error
from policies.model import Flow, Policy

TODAY = date(2026, 11, 20)


def policy_text(flow: str = "", *, more: str = "", rows: str = "") -> str:
    """A policy of one flow: these lines of it instead of `service: 443/tcp`."""
    lines = dedent(flow).strip() or "service: 443/tcp"
    ends = "" if "from:" in lines or "between:" in lines else "from: users\nto: web\n"
    return (
        "fwlint: policy/1\n"
        "name: shop\n"
        "title: Shop\n"
        "roles:\n"
        "  web: Web server\n"
        "  db: {title: Database, addresses: [inside, outside]}\n"
        "peers:\n"
        "  users: Customers\n" + dedent(more) + "sections:\n"
        "  - title: All\n"
        "    flows:\n"
        "      - id: one\n" + indent(ends + lines, " " * 8) + "\n" + dedent(rows)
    )


def load_text(folder: Path, text: str) -> Policy:
    """The policy of that text."""
    path = folder / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    return policies.load_policy(str(path))


def load_flow(folder: Path, flow: str, *, more: str = "") -> Flow:
    """The one flow of a policy."""
    return next(load_text(folder, policy_text(flow, more=more)).flows)


def site_text(
    *, use: str = "", options: str = "", parameters: str = "", bind: str = "", more: str = ""
) -> str:
    """A site with a firewall between four networks, and one policy in use."""
    text = (
        "fwlint: site/1\n"
        "networks:\n"
        "  dmz: 192.0.2.0/28\n"
        "  servers: [10.20.0.0/24, '2001:db8:0:20::/64']\n"
        "  corp: 10.10.0.0/16\n"
        "  mgmt: 10.99.0.0/24\n"
        "devices:\n"
        "  edge:\n"
        "    config: edge.nft\n"
        "    interfaces: {wan0: internet, dmz0: dmz, core0: [corp, servers, mgmt]}\n"
    )
    if use:
        text += f"use:\n  {use}:\n"
        for key, value in (("options", options), ("parameters", parameters), ("bind", bind)):
            if value:
                text += f"    {key}:\n" + indent(dedent(value).strip(), " " * 6) + "\n"
    return text + dedent(more)


def load_site_text(folder: Path, text: str) -> Site:
    """The site of that text, on a fixed day."""
    path = folder / "site.yaml"
    path.write_text(text, encoding="utf-8")
    return policies.load_site(str(path), TODAY)


LEAP_BIND = """
    webapp: 192.0.2.1
    mx: 192.0.2.2
    soledad: 192.0.2.3
    openvpn: {ip_address: 192.0.2.4, gateway_address: 192.0.2.5}
    other-nodes: 10.20.0.0/25
    sysadmins: mgmt
"""


def leap(folder: Path, *, options: str = "", parameters: str = "", more: str = "") -> Site:
    """A site that uses LEAP with everything bound."""
    text = site_text(use="leap", options=options, parameters=parameters, bind=LEAP_BIND, more=more)
    return load_site_text(folder, text)


ONION_BIND = """
    linux-vm: 192.0.2.10
    windows-vm: 10.20.0.21
    users: corp
    ssh-users: 10.10.8.0/22
    admins: mgmt
    dns: [10.20.0.53, 10.20.0.54]
    windows-targets: 10.20.0.128/25
    ssh-targets: 10.20.0.64/26
"""

ONE_E_BIND = """
    master: 10.20.0.30
    response: 10.20.0.30
    sql-master: 10.20.0.40
    sql-responses: 10.20.0.40
    clients: corp
    browsers: mgmt
    smtp-relay: 10.20.0.25
    configmgr: none
    inventory: none
"""


def one_e(folder: Path, *, options: str = "", parameters: str = "", bind: str = "") -> Site:
    """A site with a single 1E server; these bindings are added or replace others."""
    lines = dict(line.strip().split(": ", 1) for line in ONE_E_BIND.strip().splitlines())
    lines |= dict(line.strip().split(": ", 1) for line in bind.strip().splitlines())
    text = "\n".join(f"{name}: {value}" for name, value in lines.items())
    return load_site_text(
        folder, site_text(use="1e", options=options, parameters=parameters, bind=text)
    )


def onion(folder: Path, *, options: str = "outside_users: no", bind: str = ONION_BIND) -> Site:
    """A site that uses Onion ID."""
    return load_site_text(folder, site_text(use="onion-id", options=options, bind=bind))


def requirement(site: Site, name: str) -> Requirement:
    """The requirement of that name."""
    return next(one for one in site.requirements if one.name == name)


def pairs(one: Requirement) -> list[tuple[str, str]]:
    """The names at the ends of a requirement."""
    return [(source.name, target.name) for source, target in one.ends]


def services(one: Requirement) -> list[str]:
    """The services of a requirement, as text."""
    return [service.text for service in one.services]


def end(site: Site, name: str) -> End:
    """A role of the site."""
    return next(one for one in site.roles if one.name == name)


def problems(site: Site, check: str = "") -> list[str]:
    """The messages of the problems, or of those of one check."""
    return [_line(one) for one in site.problems if check in ("", one.check)]


def _line(problem: Problem) -> str:
    return f"{problem.check} {problem.span.line}:{problem.span.column} {problem.message}"


def errors_of(raised: InputErrors, folder: Path) -> str:
    """What the user would read, without the folder."""
    return "\n".join(render_error(one) for one in raised.errors).replace(f"{folder}/", "")


def message(folder: Path, text: str) -> str:
    """What the user reads of a policy that cannot be read."""
    with pytest.raises(InputErrors) as caught:
        load_text(folder, text)
    return errors_of(caught.value, folder)


def site_flows(folder: Path, own: Mapping[str, str], use: str) -> dict[str, Requirement]:
    """The flows of a site that uses these policies of its own, by their names.

    It has the networks `servers` (10.20.0.0/24) and `corp` (10.10.0.0/16), and no device.
    """
    for name, text in own.items():
        (folder / name).write_text(text, encoding="utf-8")
    text = (
        "fwlint: site/1\n"
        "networks: {servers: 10.20.0.0/24, corp: 10.10.0.0/16}\n"
        "devices: {}\n"
        f"policies: [{', '.join(own)}]\n"
        "use:\n" + use
    )
    return {one.name: one for one in load_site_text(folder, text).requirements}
