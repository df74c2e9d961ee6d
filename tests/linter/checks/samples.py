"""Small policies, sites and exports that tests change at one place, and what is found in them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from textwrap import dedent, indent

import policies
from flowmodel.finding import Finding
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import Site
from fwlint.loading import read
from linter.checks.evaluation import evaluate
from linter.engine.site.attachment import attached
from tests.pinned import EXPOSURE, REQUIRED

__all__ = ["EXPOSURE", "REQUIRED"]

TODAY = date(2026, 11, 20)
EDGE = "edge: {config: edge.rules, ipv6: no, interfaces: {wan0: internet, lan0: office, dmz0: dmz}}"
HOST = "web: {config: web.rules, host: shop.web, ipv6: no}"
BIND = "{web: 192.0.2.10, users: office}"
NETWORKS = "{office: 10.1.0.0/16, dmz: 192.0.2.0/24}"
KEEP = "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
KEEP_IN = KEEP.replace("FORWARD", "INPUT")
KEEP_OUT = KEEP.replace("FORWARD", "OUTPUT")
HTTPS = "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -m tcp --dport 443 -j ACCEPT"
HTTPS_IN = "-A INPUT -s 10.1.0.0/16 -p tcp -m tcp --dport 443 -j ACCEPT"


def policy(
    *flows: str, options: str = "", parameters: str = "", not_covered: str = "", rows: str = ""
) -> str:
    """A policy for a shop; a flow is `id: …, service: …`, from users to web unless it says more."""
    lines = [
        "fwlint: policy/1",
        "name: shop",
        "title: Shop",
        "roles:",
        "  web: Web server",
        "  db: Database",
        "  gate: {title: Gateway, addresses: [inside, outside]}",
        "peers:",
        "  users: Customers",
        "  admins: Administrators",
        "  cloud: {title: Cloud, fqdn: cloud.example.net, addresses: many}",
    ]
    for key, value in (
        ("options", options),
        ("parameters", parameters),
        ("not_covered", not_covered),
    ):
        if value:
            lines += [f"{key}:", indent(dedent(value).strip(), "  ")]
    lines += ["sections:", "  - title: All", "    flows:"]
    for flow in flows or ("id: https, service: 443/tcp",):
        ends = ("" if "from:" in flow else "from: users, ") + ("" if "to:" in flow else "to: web, ")
        lines.append(f"      - {{{ends}{flow}}}")
    if rows:
        lines += ["rows:", indent(dedent(rows).strip(), "  ")]
    return "\n".join(lines) + "\n"


def site(
    *devices: str,
    bind: str = BIND,
    networks: str = NETWORKS,
    options: str = "",
    parameters: str = "",
    more: str = "",
) -> str:
    """A site that uses the shop's policy, with a firewall between its networks."""
    lines = ["fwlint: site/1", f"networks: {networks}", "devices:"]
    lines += [f"  {device}" for device in devices or (EDGE,)]
    lines += ["policies: shop.yaml", "use:", "  shop:", f"    bind: {bind}"]
    lines += [f"    {key}: {value}" for key, value in (("options", options),) if value]
    lines += [f"    {key}: {value}" for key, value in (("parameters", parameters),) if value]
    return "\n".join(lines) + "\n" + dedent(more)


def rules(*filter_rules: str, raw: str = "", nat: str = "", **default: str) -> str:
    """An export of iptables-save: the filter's rules from line 5, then those of other tables.

    `default` are default policies that are not DROP for the filter.
    """
    lines = ["*filter"]
    lines += [
        f":{chain} {default.get(chain.lower(), policy)} [0:0]"
        for chain, policy in (("INPUT", "DROP"), ("FORWARD", "DROP"), ("OUTPUT", "ACCEPT"))
    ]
    lines += [*(rule for rule in filter_rules if rule), "COMMIT"]
    for table, body in (("raw", raw), ("nat", nat)):
        if body:
            chains = ("PREROUTING", "OUTPUT") if table == "raw" else ("PREROUTING", "POSTROUTING")
            lines += [f"*{table}", *(f":{chain} ACCEPT [0:0]" for chain in chains)]
            lines += dedent(body).strip().split("\n")
            # Behind the rules, so that these stand in the same lines in every table.
            others = () if table == "raw" else ("INPUT", "OUTPUT")
            lines += [*(f":{chain} ACCEPT [0:0]" for chain in others), "COMMIT"]
    return "\n".join(lines) + "\n"


def chains(*names: str) -> tuple[str, ...]:
    """Declarations of user chains, to stand before the rules."""
    return tuple(f":{name} - [0:0]" for name in names)


def load(folder: Path, policy_text: str, site_text: str, exports: dict[str, str]) -> Site:
    """The site of these texts, which are written into the folder, on a fixed day."""
    (folder / "shop.yaml").write_text(policy_text, encoding="utf-8")
    path = folder / "site.yaml"
    path.write_text(site_text, encoding="utf-8")
    for name, text in exports.items():
        (folder / name).write_text(text, encoding="utf-8")
    return policies.load_site(str(path), TODAY)


class Asking:
    """A run of some checks alone: a check that is added later moves no test of another one."""

    def __init__(self, *ids: str) -> None:
        self.ids = frozenset(ids)

    def __call__(
        self, folder: Path, policy_text: str, site_text: str, exports: dict[str, str]
    ) -> list[Finding]:
        """What the checks find at the site of these texts, in the order of the report."""
        loaded = load(folder, policy_text, site_text, exports)
        reading = read(loaded)

        assert [failure.error.message for failure in reading.failures] == []
        placed = attached(loaded, reading.rulesets)
        assert placed.misplaced == ()
        return self.of(placed.site, placed.rulesets)

    def of(self, site: Site, rulesets: Mapping[str, tuple[RuleSet, ...]]) -> list[Finding]:
        """What they find there, whatever the site accepts."""
        outcome = evaluate(replace(site, waivers=()), rulesets, asked=self.ids.__contains__)

        assert [failure.error.message for failure in outcome.failed] == []
        return sorted(outcome.findings, key=lambda each: (each.span, each.check))


def line(finding: Finding) -> str:
    """A finding in one line: file and line, check, level, certainty, message, packet."""
    file = Path(finding.span.path).name
    possible = " (possible)" if finding.certainty == "possible" else ""
    packet = f" [{finding.witness}]" if finding.witness else ""
    place = f"{file}:{finding.span.line}"
    return f"{place}: {finding.check} {finding.level}{possible}: {finding.message}{packet}"


def lines(findings: list[Finding], folder: Path | None = None) -> list[str]:
    """The findings, each in one line."""
    texts = [line(finding) for finding in findings]
    return [text.replace(f"{folder}/", "") for text in texts] if folder else texts
