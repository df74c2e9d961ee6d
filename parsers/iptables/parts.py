"""What the parts of rules mean, each distinct text read once and kept."""

import re

from flowmodel.fields import TCP
from flowmodel.match import Match
from flowmodel.verdict import REJECT
from parsers.iptables.cut import protocol_of
from parsers.iptables.extensions import (
    Surroundings,
    check_protocol,
    core_part,
    module_part,
    protocol_name,
)
from parsers.iptables.jumps import read_goto, read_target
from parsers.iptables.matches import CORE, MODULES
from parsers.iptables.options import Asked
from parsers.iptables.targets import Outcome
from parsers.shared.values import MalformedError

_RESETS = re.compile(r"--reject-with[ =]\"?tcp", re.IGNORECASE)
_COMMENT = re.compile(r'comment --comment (?:"[^"\\]*"|[^\s"!-][^\s"]*)')

NOT_THERE = {"PREROUTING": "o", "INPUT": "o", "OUTPUT": "i", "POSTROUTING": "i"}
"""The interface that packets do not have there: iptables refuses to ask for it (xshared.c)."""


class Cores(dict[str, Match]):
    """What each `s 192.0.2.0/24` asks, as it stands behind ` -`; negated: `!s 192.0.2.0/24`."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around

    def __missing__(self, part: str) -> Match:
        name, _, value = part.partition(" ")
        option = CORE.get(f"-{name}")
        if option and option.arity == 1 and value and " " not in value and '"' not in value:
            match = option.convert(Asked(f"-{name}", (value,), f"-{part}", *self._around))
        else:
            text = f"! -{part[1:]}" if part[0] == "!" else f"-{part}"
            match = core_part(text, self._around)
        self[part] = match
        return match


class Modules(dict[str, Match]):
    """What each `tcp --dport 22` asks, as it stands behind ` -m `, in rules with one protocol."""

    def __init__(self, protocol: int, shared: dict[str, Match], around: Surroundings) -> None:
        super().__init__()
        self._protocol = protocol
        self._shared = shared
        self._around = around

    def __missing__(self, part: str) -> Match:
        if _COMMENT.fullmatch(part):
            return ()
        match = self._shared.get(part)
        if match is None:
            match = self._shared[part] = self._read(part)
        check_protocol(part, self._protocol)
        self[part] = match
        return match

    def _read(self, part: str) -> Match:
        """The usual form, one option with one plain word, needs no cutting into words."""
        found = part.split(" ")
        if len(found) == 3 and '"' not in part:
            module = MODULES.get(found[0])
            option = module.options.get(found[1]) if module and not module.combine else None
            if option and option.arity == 1:
                asked = Asked(found[1], (found[2],), f"-m {part}", *self._around)
                return option.convert(asked)
        return module_part(part, self._around).match


class ByProtocol:
    """What the parts behind ` -m ` ask, for rules with each protocol."""

    def __init__(self, around: Surroundings) -> None:
        self.shared: dict[str, Match] = {}
        """What each part asks, whatever the protocol."""
        self._modules: dict[str, Modules] = {}
        self._around = around

    def of(self, cores: list[str]) -> Modules:
        """The cache for rules with this `-p`, which iptables-save prints last."""
        last = cores[-1] if cores else ""
        modules = self._modules.get(last)
        if modules is None:
            modules = Modules(protocol_of(cores), self.shared, self._around)
            if last.startswith("p ") or not cores:
                self._modules[last] = modules
        return modules


class Outcomes(dict[str, Outcome]):
    """What each `ACCEPT`, as it stands behind ` -j `, does in one chain of the table."""

    def __init__(self, chain: str, chains: frozenset[str], around: Surroundings) -> None:
        super().__init__()
        self._chain, self._chains, self._around = chain, chains, around

    def __missing__(self, target: str) -> Outcome:
        if target.startswith("-g "):
            outcome = read_goto(target[3:], self._chains)
        else:
            outcome = read_target(target, self._chain, self._chains, self._around)
        self[target] = outcome
        return outcome


def check_interfaces(cores: list[str], chain: str) -> None:
    """Raise MalformedError for a test of an interface that the chain's packets do not have."""
    for part in cores:
        if part.lstrip("!").partition(" ")[0] == NOT_THERE[chain]:
            option = f"-{NOT_THERE[chain]}"
            raise MalformedError(f"`{option}` cannot stand in the chain {chain}", option)


def check_target(outcome: Outcome, target: str, protocol: int) -> None:
    """Raise MalformedError if the target needs a `-p` that the rule has not; -1 is none."""
    if outcome.verdict is REJECT and _RESETS.search(target) and protocol != TCP:
        # ipt_REJECT.c, reject_tg_check.
        message = "an answer of TCP needs `-p tcp` in the same rule; the kernel refuses it"
        raise MalformedError(message, "--reject-with")
    if outcome.protocols and protocol not in outcome.protocols:
        wanted = " or ".join(f"-p {protocol_name(each)}" for each in sorted(outcome.protocols))
        message = f"`-j {target}` needs `{wanted}` in the same rule; the kernel refuses it"
        raise MalformedError(message, f"-j {target}")


def check_doubles(cores: list[str]) -> None:
    """Raise MalformedError if an option of iptables itself stands twice, negated or not."""
    names = [part.lstrip("!").partition(" ")[0] for part in cores]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise MalformedError(
                f"`-{name}` stands twice in one rule", f"-{cores[index].lstrip('!')}"
            )
