"""One table of an export: from `*filter` to COMMIT."""

import re
from itertools import chain as chained
from operator import itemgetter
from typing import Literal, NoReturn

from flowmodel.match import Condition, Match
from flowmodel.ruleset import Chain, End, Gap, Rule, Table
from flowmodel.source import InputError, Source, Span
from flowmodel.verdict import CONTINUE, REJECT, RETURN, Lead, Unknown
from parsers.iptables.alike import Run, runs
from parsers.iptables.converters import WITHOUT_PORTS
from parsers.iptables.cut import Cut, careful, cut, protocol_of
from parsers.iptables.extensions import (
    Surroundings,
    check_protocol,
    module_part,
    opaque_by_identity,
    outside,
)
from parsers.iptables.options import ForeignError
from parsers.iptables.parts import (
    NOT_THERE,
    ByProtocol,
    Cores,
    Outcomes,
    check_doubles,
    check_interfaces,
    check_target,
)
from parsers.iptables.policies import Policies
from parsers.iptables.tables import BUILT_IN, find_loop, hook_of, is_open_unless_said
from parsers.iptables.targets import Outcome
from parsers.iptables.words import Word, words
from parsers.shared import netfilter
from parsers.shared.policies import either
from parsers.shared.values import MalformedError

_DECLARATION = re.compile(r":(\S+)\s+(\S+)(?:\s+\[[0-9]+:[0-9]+\])?\s*")
_COUNTERS = re.compile(r"\s*\[([0-9]{1,20}):([0-9]{1,20})\]\s*(?=-)")
_LEADS = re.compile(r"(?:-j|--jump|-g|--goto)[\s=]+\"?")
_NEW_CHAIN = re.compile(r"\s*(?:-N|--new-chain|--new)\s+(\S+)\s*$")
_ORDERS = {"-A", "--append", "-I", "--insert"}
# libiptc/libiptc.c, TC_CREATE_CHAIN; iptables-nft refuses them as well.
_NO_NAMES = {"ACCEPT", "DROP", "QUEUE", "RETURN"}
_FIRST = itemgetter(0)
_NO_TARGET = Outcome(CONTINUE)
_Check = Literal["FW901", "FW902"]


class Section:
    """Reads the lines of one table, and keeps what they say."""

    def __init__(
        self, source: Source, start: int, end: int, around: Surroundings, header: str
    ) -> None:
        """`start` and `end` are the numbers of the lines `*table` and COMMIT.

        `header` is the comment above that says what made the export; or nothing.
        """
        self._source = source
        self._start, self._end = start, end
        self._around = around
        self._rules: dict[str, list[Rule]] = {}
        is_open = is_open_unless_said(around.table, header)
        self._policies = Policies(around.table, is_open=is_open)
        self._lines: dict[str, int] = {}
        """Where each chain is declared."""
        self._modules = ByProtocol(around)
        self._cores = Cores(around)
        self._outcomes: dict[str, Outcomes] = {}
        self._gaps: list[Gap] = []

    def read(self) -> tuple[Table, list[Gap]]:
        """The table, and what in it is outside the model."""
        for name in BUILT_IN[self._around.table]:
            self._declare(name, self._start)
        lines = self._source.lines
        for number in range(self._start + 1, self._end):
            line = lines[number - 1]
            if line.startswith("-A "):
                continue
            if line.startswith(":"):
                self._declaration(number, line)
            elif found := _NEW_CHAIN.match(line):
                self._declare(found[1], number)
        chains = frozenset(self._rules)
        for name in self._rules:
            self._outcomes[name] = Outcomes(name, chains, self._around)
        self._read_rules()
        self._check_jumps()
        self._keep_policies()
        self._add_gaps()
        return self._table(), self._gaps

    def _read_rules(self) -> None:
        done = self._start + 1
        if self._around.family == 4:
            for run in runs(self._source.lines, self._start, self._end):
                self._read_lines(done, run.first)
                done = run.end if self._read_run(run) else run.first
        self._read_lines(done, self._end)

    def _read_run(self, run: Run) -> bool:
        """Keep the rules of lines that are alike; False where there is more to say of them."""
        try:
            parts = cut(self._source.lines[run.first - 1])
            chain = self._known(parts.order[3:])
            match, outcome = self._meaning(parts, chain)
        except (ForeignError, MalformedError):
            return False
        if not outcome.gap:
            self._rules[chain] += run.rules(self._source, match, outcome)
        return not outcome.gap

    def _read_lines(self, start: int, end: int) -> None:
        source, rules = self._source, self._rules
        number, hits, column = start - 1, -1, 1
        for line in source.lines[start - 1 : end - 1]:
            number += 1
            rule = line
            if line.startswith("[") and (counters := _COUNTERS.match(line)):
                hits, column = int(counters[1]), counters.end() + 1
                rule = line[column - 1 :]
            try:
                if rule.startswith("-A "):
                    parts = cut(rule)
                    name = parts.order[3:]
                    if name in rules:
                        match, outcome = self._meaning(parts, name)
                        verdict, effects = outcome.verdict, outcome.effects
                        rules[name].append(
                            Rule(match, verdict, source, number, column, 0, 0, effects, hits)
                        )
                        if outcome.gap:
                            self._gap("FW902", number, outcome.gap, f"-j {parts.target}")
                    else:
                        self._careful(number, rule, column, hits)
                else:
                    self._other(number, rule, column, hits)
            except (ForeignError, MalformedError):
                # What the quick cut makes of a line counts only where nothing is wrong with it.
                self._careful(number, rule, column, hits)
            if column > 1:
                hits, column = -1, 1

    def _meaning(self, parts: Cut, chain: str) -> tuple[Match, Outcome]:
        """What the parts of a rule in the chain ask and do."""
        match: list[Condition] = []
        cores = self._cores
        if chain in NOT_THERE:
            check_interfaces(parts.cores, chain)
        if len({*map(_FIRST, parts.cores)}) < len(parts.cores):
            check_doubles(parts.cores)
        for part in parts.cores:
            match += cores[part]
        if parts.modules:
            modules = self._modules.of(parts.cores)
            for part in parts.modules:
                match += modules[part]
        outcome = self._outcomes[chain][parts.target] if parts.target else _NO_TARGET
        if outcome.match:
            match += outcome.match
        if outcome.verdict is REJECT or outcome.protocols:
            check_target(outcome, parts.target, protocol_of(parts.cores))
        return tuple(match), outcome

    def _other(self, number: int, line: str, column: int, hits: int) -> None:
        """A line that does not begin with `-A `."""
        word = line.split(maxsplit=1)[0] if line.strip() else "#"
        if word[0] in "#:" or word in {"-N", "--new-chain", "--new"}:
            return
        try:
            if word in {"-P", "--policy"}:
                self._policy(number, words(line)[1:])
            elif word in {"-F", "--flush"}:
                self._flush([each.value for each in words(line)[1:]])
            elif word in {"-Z", "--zero"}:
                self._policies.zero(number, [self._known(each.value) for each in words(line)[1:2]])
            else:
                self._careful(number, line, column, hits)
        except MalformedError as error:
            self._fail(number, error.message, error.fragment)

    def _flush(self, chains: list[str]) -> None:
        """Without a chain, iptables-nft-restore 1.8.9 keeps the rules that stand above."""
        if not chains and any(self._rules.values()):
            message = "`-F` behind rules: iptables-legacy forgets them, iptables-nft does not"
            raise MalformedError(message, "-F")
        for name in chains:
            self._rules[self._known(name)].clear()

    def _careful(self, number: int, line: str, column: int, hits: int) -> None:
        """A rule in any form that iptables-restore takes."""
        try:
            parts = careful(line)
            order, chain, position = self._order(parts)
            match, outcome = self._careful_meaning(number, parts, chain)
        except MalformedError as error:
            self._fail(number, error.message, error.fragment)
        except ForeignError as error:
            self._fail(number, f"`{error}` is not understood", str(error))
        rules = self._rules[chain]
        index = position - 1 if order in {"-I", "--insert"} else len(rules)
        if not 0 <= index <= len(rules):
            self._fail(number, f"the chain {chain} has no place {position}", str(position))
        rule = Rule(match, outcome.verdict, self._source, number, column)
        rules.insert(index, rule._replace(effects=outcome.effects, hits=hits))
        if outcome.gap:
            self._gap("FW902", number, outcome.gap, f"-j {parts.target}")

    def _order(self, parts: Cut) -> tuple[str, str, int]:
        """`-A` or `-I`, the chain, and the place in it that `-I` names."""
        order, chain, *position = parts.order.split(" ")
        if order not in _ORDERS:
            raise MalformedError(f"`{order}` is no order of an export", order)
        return order, self._known(chain), int(position[0]) if position else 1

    def _careful_meaning(self, number: int, parts: Cut, chain: str) -> tuple[Match, Outcome]:
        """As _meaning, and options that an extension or target does not have become gaps."""
        known: list[str] = []
        more: list[Condition] = []
        for part in parts.modules:
            try:
                module_part(part, self._around)
                known.append(part)
            except ForeignError:
                read = module_part(part, self._around, lenient=True)
                check_protocol(part, protocol_of(parts.cores))
                more += read.match
                for text in read.unknown:
                    self._gap("FW901", number, f"`{text}` is not understood", text)
        target = parts.target
        try:
            match, outcome = self._meaning(parts._replace(modules=known), chain)
        except ForeignError:
            match, _ = self._meaning(parts._replace(modules=known, target=""), chain)
            text = target if target.startswith("-g ") else f"-j {target}"
            outcome = Outcome(Unknown(text, escapes=True))
            self._gap("FW901", number, f"`{text}` is not understood", text)
        return (*match, *more), outcome

    def _declaration(self, number: int, line: str) -> None:
        """`:INPUT DROP [0:0]`."""
        found = _DECLARATION.fullmatch(line)
        if not found:
            self._fail(number, "a chain is declared as `:NAME POLICY [packets:bytes]`", line)
        chain, policy = found[1], found[2]
        self._declare(chain, number)
        try:
            self._policies.set(number, chain, policy)
        except MalformedError as error:
            self._fail(number, error.message, error.fragment)

    def _declare(self, chain: str, number: int) -> None:
        if chain in self._rules and chain not in BUILT_IN[self._around.table]:
            self._fail(number, f"the chain {chain} is declared a second time", chain)
        if chain in _NO_NAMES:
            self._fail(
                number,
                f"no chain can be called {chain}, as a target is: iptables refuses it",
                chain,
            )
        self._rules.setdefault(chain, [])
        self._lines[chain] = number

    def _policy(self, number: int, found: list[Word]) -> None:
        if len(found) != 2:
            self._fail(number, "a default policy is set as `-P CHAIN POLICY`", "-P")
        chain = self._known(found[0].value)
        self._policies.set(number, chain, found[1].value)
        self._lines[chain] = max(self._lines[chain], number)

    def _known(self, chain: str) -> str:
        if chain not in self._rules:
            raise MalformedError(
                f"there is no chain {chain} in the table {self._around.table}", chain
            )
        return chain

    def _check_jumps(self) -> None:
        """What the kernel refuses (net/ipv4/netfilter/ip_tables.c, mark_source_chains)."""
        self._check_order()
        calls: dict[str, list[str]] = {}
        for chain, outcomes in self._outcomes.items():
            found = [outcome.verdict for outcome in outcomes.values()]
            calls[chain] = [each.chain for each in found if isinstance(each, Lead)]
            for called in calls[chain]:
                if called in BUILT_IN[self._around.table]:
                    self._fail_at_jump(
                        chain, called, f"{called} is a built-in chain, which no rule can jump to"
                    )
        if loop := find_loop(calls, BUILT_IN[self._around.table]):
            path = " -> ".join(loop)
            self._fail_at_jump(
                loop[0],
                loop[1],
                f"the chains jump in a circle, {path}, and a built-in chain leads there: the "
                "kernel refuses that",
            )

    def _check_order(self) -> None:
        """The tools read from top to bottom: a chain must be there before a rule is about it."""
        built_in = BUILT_IN[self._around.table]
        declared = max(self._lines[name] for name in self._rules)
        for name, rules in self._rules.items():
            for rule in rules:
                if rule.line > declared:
                    continue
                called = rule.verdict.chain if isinstance(rule.verdict, Lead) else ""
                for chain in (name, called):
                    if chain and chain not in built_in and self._lines[chain] > rule.line:
                        where = f"is declared below, in line {self._lines[chain]}"
                        self._fail(rule.line, f"the chain {chain} {where}", chain)

    def _keep_policies(self) -> None:
        """Where the file does not say what a default policy is, both are possible."""
        for name, text, message in self._policies.either():
            line = self._lines[name]
            found, made = either(name, self._rules[name], text, self._source, line)
            for chain, rules in {name: found, **made}.items():
                self._rules[chain] = [*rules]
                self._lines[chain] = line
            self._gap("FW902", line, message, self._source.lines[line - 1])

    def _fail_at_jump(self, chain: str, called: str, message: str) -> None:
        for rule in self._rules[chain]:
            if isinstance(rule.verdict, Lead) and rule.verdict.chain == called:
                ends = (found.end() for found in _LEADS.finditer(rule.text))
                at = next((end for end in ends if rule.text.startswith(called, end)), 0)
                self._fail(rule.line, message, called, at)

    def _add_gaps(self) -> None:
        """Say of each rule what in its match is outside the model, if it does anything at all.

        No verdict depends on the match of a rule that only logs or counts.
        """
        texts = opaque_by_identity(chained(self._cores.values(), self._modules.shared.values()))
        if not texts:
            return
        for rules in self._rules.values():
            for rule in rules:
                # Nothing depends on what a rule matches that lets every packet go on as it is.
                if rule.verdict == CONTINUE and not rule.effects:
                    continue
                for condition in rule.match:
                    for text in texts.get(id(condition), ()):
                        if text.endswith(WITHOUT_PORTS):
                            continue
                        self._gap("FW902", rule.line, *outside(text))

    def _table(self) -> Table:
        table = self._around.table
        chains = {}
        for name, rules in self._rules.items():
            end: End = RETURN
            base = None
            if name in BUILT_IN[table]:
                kind: Literal["nat", "filter"] = "nat" if table == "nat" else "filter"
                end, priority = self._policies[name], BUILT_IN[table][name]
                base = netfilter.base(hook_of(name), priority, end, kind, rules, self._rules)
            line = self._lines[name]
            span = self._span(line, self._source.lines[line - 1])
            chains[name] = Chain(name, tuple(rules), span, end, base)
        return Table(table, frozenset({self._around.family}), chains)

    def _gap(self, check: _Check, line: int, message: str, text: str, reason: str = "") -> None:
        """Remember a part of a rule; a text that explains or negates is looked for without that."""
        whole = self._source.lines[line - 1]
        bare = text.partition(" (")[0]
        option = bare[bare.find(" -", 1) + 1 :]
        fragment = next((each for each in (text, bare, option) if each in whole), text)
        self._gaps.append(Gap(check, message, self._span(line, fragment), text, reason=reason))

    def _fail(self, line: int, message: str, fragment: str, start: int = 0) -> NoReturn:
        raise InputError(message, self._span(line, fragment, start), self._source.lines[line - 1])

    def _span(self, line: int, fragment: str, start: int = 0) -> Span:
        """Where the words stand in the line; the whole line where they do not stand so."""
        text = self._source.lines[line - 1]
        at = text.find(fragment, start)
        if at < 0 or not fragment:
            at, fragment = 0, text or " "
        return Span(self._source.path, line, at + 1, line, at + len(fragment))
