"""Short rule sets of nft, and what they mean as text, for tables."""

import subprocess
from collections.abc import Iterable

from flowmodel.match import Condition, IsFamily
from flowmodel.ruleset import Rule, RuleSet
from flowmodel.source import InputError, Source
from flowmodel.verdict import Goto, Jump, Verdict
from parsers.nftables.read import parse
from parsers.shared.context import Context
from tests.parsers.iptables import samples

TABLE = """\
table {family} t {{
  set s {{ type ipv4_addr; flags interval; elements = {{ 192.0.2.0/24, 198.51.100.7 }}; }}
  set services {{ type ipv4_addr . inet_service; elements = {{ 192.0.2.1 . 22, 192.0.2.2 . 80 }}; }}
  set seen {{ type ipv4_addr; flags dynamic; size 100; }}
  set guests {{ type ipv4_addr; flags timeout; elements = {{ 192.0.2.9 timeout 1h, 192.0.2.8 }}; }}
  map ports {{ type inet_service : verdict; elements = {{ 22 : accept, 80 : jump other }}; }}
  chain other {{ }}
  chain c {{
    type {kind};
    {rule}
  }}
}}
"""
FILTER = "filter hook input priority 0"
NAT = "nat hook prerouting priority -100"


def text(rule: str, family: str = "inet", kind: str = FILTER) -> str:
    """A file whose chain `c` has the rule, at line 10."""
    return TABLE.format(family=family, rule=rule, kind=kind)


def export(content: str, path: str = "rules.nft") -> RuleSet:
    """The rule set of a file with this content."""
    return parse(Source(path, content.rstrip("\n").split("\n")), Context())


def rules(rule: str, family: str = "inet", kind: str = FILTER) -> list[Rule]:
    """What one rule becomes."""
    return list(export(text(rule, family, kind)).tables[0].chains["c"].rules)


def show(conditions: Iterable[Condition]) -> str:
    """A match as text; `v4` and `v6` are the families."""
    return "; ".join(
        f"v{each.family}" if isinstance(each, IsFamily) else samples.show((each,))
        for each in conditions
    )


def match(rule: str, family: str = "inet") -> str:
    """The match of a rule that is one rule."""
    (found,) = rules(rule, family)
    return show(found.match)


def verdict(given: Verdict) -> str:
    """A verdict as text."""
    match given:
        case Jump(chain) | Goto(chain):
            return f"{type(given).__name__.lower()} {chain}"
        case _:
            return type(given).__name__.lower()


def caret(error: InputError) -> str:
    """An error as people see it: place, message, line, and what it is about."""
    span = error.span
    width = span.last_column - span.column + 1 if span.last_line == span.line else 1
    mark = " " * (span.column - 1) + "^" * max(1, width)
    return f"{span.line}:{span.column}: {error.message}\n{error.text}\n{mark}"


def nft_accepts(content: str) -> bool:
    """Whether nft takes the file; what only this machine's kernel lacks does not count."""
    done = subprocess.run(
        ["unshare", "-r", "-n", "nft", "-c", "-f", "-"],
        input=content,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [line for line in done.stderr.split("\n") if "Error:" in line]
    return done.returncode == 0 or all("Could not process rule" in line for line in errors)
