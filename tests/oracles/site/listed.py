"""What fwlint says of a plan, by its rules alone or with what ip lists on its machines too."""

import json
import tempfile
from pathlib import Path
from typing import Final

from tests.oracles.namespaces import run
from tests.oracles.site import site_files
from tests.oracles.site.findings import Report, check
from tests.oracles.site.namespaces import Site
from tests.oracles.site.plan import Plan

_LISTS: Final = {"addr": ("-j", "addr"), "route": ("-j", "route"), "route6": ("-6", "-j", "route")}


def said_of(plan: Plan) -> Report:
    """What fwlint says of a plan."""
    with tempfile.TemporaryDirectory(prefix="fwlint-site-") as folder:
        return check(site_files.write(plan, Path(folder)))


def said_with_lists(plan: Plan) -> Report:
    """What fwlint says of a plan where every device's own addresses and routes are told."""
    with tempfile.TemporaryDirectory(prefix="fwlint-site-") as folder:
        path = site_files.write(plan, Path(folder))
        told = json.loads(path.read_text())
        for device, lists in _listed(plan).items():
            config = told["devices"][device]["config"]
            files = [config] if isinstance(config, str) else list(config)
            for name, text in lists.items():
                (path.parent / f"{device}.{name}.json").write_text(text)
                files.append(f"{device}.{name}.json")
            told["devices"][device]["config"] = files
        path.write_text(json.dumps(told))
        return check(path)


def _listed(plan: Plan) -> dict[str, dict[str, str]]:
    found = {}
    site = Site(plan, frozenset())
    try:
        for firewall in plan.firewalls:
            with site.inside(site.nodes[firewall.machine or firewall.device]):
                found[firewall.device] = {n: run("ip", *words) for n, words in _LISTS.items()}
    finally:
        site.close()
    return found
