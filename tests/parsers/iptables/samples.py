"""Short exports, and conditions written as text, for tables."""

from flowmodel.match import (
    All,
    Any,
    Condition,
    Masked,
    Match,
    Name,
    Not,
    Relation,
    Test,
    Unread,
    Volatile,
)
from flowmodel.ruleset import Rule, RuleSet
from flowmodel.source import InputError, Source
from flowmodel.values import Values
from parsers.ipset.read import parse_sets
from parsers.iptables.read import parse
from parsers.iptables.tables import BUILT_IN
from parsers.shared.context import Context

SETS = """\
create hosts hash:ip family inet
add hosts 192.0.2.1
add hosts 192.0.2.2
"""


def export(*lines: str, table: str = "filter", header: str = "", sets: str = SETS) -> RuleSet:
    """The rule set of one table with a chain `X` and these lines.

    Default policies that the lines do not set stand behind them.
    """
    rest = [
        f":{name} ACCEPT [0:0]" for name in BUILT_IN.get(table, {}) if not _sets_policy(lines, name)
    ]
    text = [*([header] if header else []), f"*{table}", ":X - [0:0]", *lines, *rest, "COMMIT"]
    context = Context(parse_sets(Source("sets", sets.split("\n"))))
    return parse(Source("rules", text), context)


def _sets_policy(lines: tuple[str, ...], chain: str) -> bool:
    return any(line.startswith((f":{chain} ", f"-P {chain} ")) for line in lines)


def rule(line: str, table: str = "filter", header: str = "", sets: str = SETS) -> Rule:
    """The one rule of such a rule set."""
    found = rules(export(line, table=table, header=header, sets=sets))
    assert len(found) == 1
    return found[0]


def rules(export_read: RuleSet) -> list[Rule]:
    """All rules of a rule set."""
    return [
        each
        for table in export_read.tables
        for chain in table.chains.values()
        for each in chain.rules
    ]


def show(match: Match) -> str:
    """A match as text: hexadecimal numbers, `^` before the prefix of a name,
    `?` before unread and `~` before volatile texts."""
    return "; ".join(_show(condition) for condition in match)


def _values(values: Values) -> str:
    return ",".join(f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in values)


def _show(condition: Condition) -> str:
    match condition:
        case Test(field, values):
            return f"{field}={_values(values)}"
        case Masked(field, mask, value):
            return f"{field}&{mask:x}={value:x}"
        case Name(field, names, prefixes):
            return f"{field}={','.join([*sorted(names), *(f'^{each}' for each in prefixes)])}"
        case Relation(fields, rows):
            shown = [" ".join(_values((each,)) for each in row) for row in rows]
            return f"{'.'.join(fields)}={'/'.join(shown)}"
        case Not(inner):
            return f"not({_show(inner)})"
        case All(inners):
            return f"all({show(inners)})"
        case Any(inners):
            return f"any({show(inners)})"
        case Unread(text):
            return f"?{text}"
        case Volatile(text):
            return f"~{text}"
    raise AssertionError(condition)


def caret(error: InputError) -> str:
    """The whole error as people see it: message, line, and carets under the words."""
    span = error.span
    width = span.last_column - span.column + 1
    return f"{span}: {error.message}\n{error.text}\n{' ' * (span.column - 1)}{'^' * width}"
