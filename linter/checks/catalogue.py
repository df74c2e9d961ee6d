"""Every finding that fwlint can make: its id, name, usual level, and documentation."""

from pathlib import Path
from typing import Final, NamedTuple

from flowmodel.finding import Level


class Check(NamedTuple):
    """A kind of finding; one finding may have another level, where the documentation says so."""

    id: str
    name: str
    level: Level
    summary: str
    """One sentence, for lists."""


CHECKS: Final = (
    Check(
        "FW101",
        "required-flow-blocked",
        "error",
        "A connection that the product needs is blocked completely.",
    ),
    Check(
        "FW102",
        "required-ports-partly-blocked",
        "error",
        "Some ports of a needed connection are blocked completely, others are open.",
    ),
    Check(
        "FW103",
        "required-flow-only-for-some-peers",
        "error",
        "A needed connection is open for some of its addresses and blocked for others.",
    ),
    Check(
        "FW104",
        "return-traffic-blocked",
        "error",
        "A needed connection may be opened, but its replies or later packets are blocked.",
    ),
    Check(
        "FW105",
        "required-flow-missing-in-one-family",
        "warning",
        "Both ends have IPv4 and IPv6, and the connection is open in only one of them.",
    ),
    Check(
        "FW106",
        "no-alternative-open",
        "error",
        "The product needs one of several ports, and none of them is open.",
    ),
    Check(
        "FW107",
        "port-differs-between-ends",
        "error",
        "A port that can be changed is open as one number here and as another there.",
    ),
    Check(
        "FW108",
        "disabled-rule-was-the-required-one",
        "error",
        "A needed connection is blocked, and a disabled rule would have permitted it.",
    ),
    Check(
        "FW109",
        "cannot-decide",
        "warning",
        "The export does not say enough to tell whether a needed connection works.",
    ),
    Check(
        "FW110",
        "named-peer-pinned-to-addresses",
        "warning",
        "A destination known by its name is permitted by literal addresses only.",
    ),
    Check(
        "FW111",
        "lifeline-is-fragile",
        "warning",
        "A critical connection is open only through rules that can stop matching.",
    ),
    Check(
        "FW112",
        "follow-on-ports-blocked",
        "info",
        "The first port of a connection is open, the ports it is continued on are blocked.",
    ),
    Check(
        "FW113",
        "opposite-end-unchecked",
        "info",
        "No export was given for one side of a needed connection.",
    ),
    Check(
        "FW201",
        "permits-everything",
        "error",
        "One rule permits every source, every destination and every service.",
    ),
    Check(
        "FW202",
        "source-too-broad",
        "warning",
        "A port of the product is open for sources that it does not need.",
    ),
    Check(
        "FW203",
        "admin-port-from-internet",
        "critical",
        "A port for administrators is open from the internet.",
    ),
    Check(
        "FW204",
        "internal-port-exposed",
        "error",
        "A port that a machine only uses to talk with itself is open from outside.",
    ),
    Check(
        "FW205",
        "undeclared-opening",
        "warning",
        "A port of a machine is open that no policy asks for.",
    ),
    Check(
        "FW206",
        "port-range-too-broad",
        "warning",
        "A rule for a needed port opens other ports with it.",
    ),
    Check(
        "FW207",
        "destination-too-broad",
        "warning",
        "A rule for a needed connection opens it towards other machines too.",
    ),
    Check(
        "FW208",
        "undeclared-egress",
        "info",
        "A machine may open connections outward that no policy asks for.",
    ),
    Check(
        "FW209",
        "other-protocol-open",
        "info",
        "A port is open in TCP and UDP, and only one of them is needed.",
    ),
    Check(
        "FW210",
        "cleartext-from-internet",
        "warning",
        "A protocol without encryption is open from the internet.",
    ),
    Check(
        "FW211",
        "wrong-address-of-the-role",
        "warning",
        "A port that is needed at one address of a machine is open at another one.",
    ),
    Check(
        "FW212",
        "forbidden-flow-permitted",
        "error",
        "A connection that the policy or the site forbids is permitted.",
    ),
    Check(
        "FW213",
        "left-over-opening",
        "warning",
        "A port is open that only an unused option of the product needs.",
    ),
    Check(
        "FW214",
        "old-port-still-open",
        "warning",
        "A service moved to another port, and its old port is still open.",
    ),
    Check(
        "FW307",
        "undefined-object",
        "error",
        "A rule names an alias, set, group or the like that the export does not define.",
    ),
    Check(
        "FW313",
        "rule-not-loaded-as-written",
        "warning",
        "The device makes something else of a rule, or nothing, than what is written there.",
    ),
    Check(
        "FW401",
        "ipv6-unfiltered",
        "error",
        "IPv4 is filtered on a device and IPv6 is not.",
    ),
    Check(
        "FW501",
        "unbound-role",
        "warning",
        "The site does not say which addresses a role of a policy has.",
    ),
    Check(
        "FW502",
        "unused-binding",
        "info",
        "The site binds a role that no active flow uses.",
    ),
    Check(
        "FW503",
        "unanswered-option",
        "warning",
        "The site does not answer a question that the policy asks.",
    ),
    Check(
        "FW504",
        "fixed-port-changed",
        "error",
        "The site sets a port that the product's document calls fixed.",
    ),
    Check(
        "FW505",
        "parameter-out-of-range",
        "error",
        "A parameter, or a port derived from it, is not a port number.",
    ),
    Check(
        "FW506",
        "topology-mismatch",
        "error",
        "The bound addresses contradict what the options say about the installation.",
    ),
    Check(
        "FW507",
        "port-collision",
        "error",
        "Two different services would need the same port of the same address.",
    ),
    Check(
        "FW508",
        "policies-disagree",
        "error",
        "One policy requires a connection that another one forbids.",
    ),
    Check(
        "FW509",
        "policy-row-uncited",
        "error",
        "A row of the document has no flow, or a flow has no row.",
    ),
    Check(
        "FW510",
        "stale-acceptance",
        "warning",
        "An accepted finding has run past its end date, or no longer exists.",
    ),
    Check(
        "FW901",
        "line-not-understood",
        "warning",
        "A line of an export was not understood; what it does counts as unknown.",
    ),
    Check(
        "FW902",
        "match-not-modelled",
        "info",
        "A rule tests something outside the model; whether it matches counts as unknown.",
    ),
    Check(
        "FW903",
        "truncated-export",
        "error",
        "An export ends too early or lacks a part that it always has.",
    ),
    Check(
        "FW904",
        "input-not-evaluated",
        "error",
        "A file could not be read, so nothing was proved about what depends on it.",
    ),
)

BY_ID: Final = {check.id: check for check in CHECKS}


def name(check: str) -> str:
    """The name of a check by its id."""
    return BY_ID[check].name


def find(text: str) -> Check | None:
    """The check of this id or name."""
    return next((check for check in CHECKS if text in (check.id, check.name)), None)


def documentation(check: Check) -> str:
    """The check's page in Markdown: what it reports, why it matters, an example, how to mend it."""
    page = Path(__file__).with_name("documentation") / f"{check.id}.md"
    body = page.read_text(encoding="utf-8")
    return f"# {check.id} {check.name}\n\n{check.summary}\n\nUsual level: {check.level}.\n\n{body}"


def pages() -> str:
    """All pages as one Markdown document: what docs/checks.md holds."""
    shifted = (documentation(check).replace("# ", "## ", 1) for check in CHECKS)
    listed = "".join(
        f"| [{check.id}](#{check.id.lower()}-{check.name}) | {check.name} | {check.level} |"
        f" {check.summary} |\n"
        for check in CHECKS
    )
    return (
        "# Checks\n\n"
        "Made by `make docs` from linter/checks/catalogue.py and linter/checks/documentation.\n\n"
        f"| id | name | usual level | reports |\n|---|---|---|---|\n{listed}\n" + "\n".join(shifted)
    )
