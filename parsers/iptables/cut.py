"""How a rule's line is cut into parts: its order, `-s …` and the like, `-m …`, the target."""

import re

from flowmodel.record import NamedTuple
from parsers.iptables.abbreviations import full, is_of_outside
from parsers.iptables.asides import CONTINUES, arity
from parsers.iptables.matches import CORE, MODULES, PROTOCOL_MODULES
from parsers.iptables.options import OPTION, ForeignError
from parsers.iptables.synonyms import own_module, own_name
from parsers.iptables.targets import TARGETS
from parsers.iptables.words import Word, words
from parsers.shared.values import MalformedError, UnknownNameError, protocol

# Tabs, runs of spaces and escapes: only careful() can cut those.
_ODD = re.compile(r"[\t\\\v\f\r]|  ")


class Cut(NamedTuple):
    """A rule's line in parts."""

    order: str
    """`-A INPUT`."""
    cores: list[str]
    """`s 192.0.2.0/24`: as it stands behind ` -`; `!s …` if negated."""
    modules: list[str]
    """`tcp --dport 22`: as it stands behind ` -m `."""
    target: str
    """`ACCEPT`: as it stands behind ` -j `; `-g …`; or nothing."""


def cut(line: str) -> Cut:
    """The parts of a line of the usual form; raises ForeignError for other forms."""
    if '"' in line:
        quoted = line.split('"')
        if not len(quoted) % 2 or _ODD.search(line):
            raise ForeignError(line)
        if any(" -" in inner or " !" in inner for inner in quoted[1::2]):
            raise ForeignError(line)
    elif "  " in line or "\\" in line or "\t" in line:
        raise ForeignError(line)
    body, is_jump, target = line.rpartition(" -j ")
    if not is_jump:
        body, is_goto, target = line.rpartition(" -g ")
        if is_goto:
            target = f"-g {target}"
        else:
            body, target = line, ""
    core, *modules = body.split(" -m ")
    if " ! " in core:
        core = core.replace(" ! -", " -!")
    order, *cores = core.split(" -")
    if "" in cores:
        raise ForeignError(line)
    return Cut(order, cores, modules, target)


def protocol_of(cores: list[str]) -> int:
    """The number of the protocol that `-p` names without a negation, or -1."""
    for part in cores:
        if part.startswith("p ") and not part.startswith("p ! "):
            try:
                return protocol(part[2:].strip())
            except UnknownNameError:
                break
    return -1


def careful(line: str) -> Cut:
    """The parts of a line of any form that iptables-restore takes, as cut() would give them.

    An option goes to the extension behind which it stands; if that does not have it, to iptables
    itself, to an extension named earlier, or to the extension that the protocol brings along.
    """
    return _Cutter(words(line)).cut()


class _Cutter:
    """Goes through the words of one line."""

    def __init__(self, found: list[Word]) -> None:
        self._texts: list[str] = []
        for word in found:
            option, equals, value = word.text.partition("=")
            is_joined = equals and word.text.startswith("--")
            self._texts += [option, value] if is_joined else [word.text]
        self._index = 0
        self._cores: list[str] = []
        self._groups: list[list[str]] = []
        self._target: list[str] = []
        self._current: list[str] = []
        """The group or target that was named last."""

    def cut(self) -> Cut:
        order = f"{self._next()} {self._next()}"
        if order.startswith(("-I ", "--insert ")) and re.fullmatch("[0-9]{1,9}", self._peek()):
            order += f" {self._next()}"
        while self._index < len(self._texts):
            sign = ""
            word = self._next()
            if word == "!":
                sign, word = "!", self._next()
            self._option(word, sign)
        modules = [" ".join(group) for group in self._groups]
        return Cut(order, self._cores, modules, " ".join(self._target))

    def _peek(self) -> str:
        return self._texts[self._index] if self._index < len(self._texts) else ""

    def _next(self) -> str:
        word = self._peek()
        if not word:
            raise MalformedError("the rule ends too early", self._texts[-1] if self._texts else "")
        self._index += 1
        return word

    def _option(self, word: str, sign: str) -> None:
        word = self._full(word)
        name = own_name(word)
        if name in {"-m", "-j", "-g"}:
            if sign:
                raise MalformedError(f"`{word}` cannot be negated", f"! {word}")
            if name == "-m":
                self._current = [self._next()]
                self._groups.append(self._current)
                return
            if self._target:
                raise MalformedError("the rule has two targets", f"{word} {self._peek()}")
            self._target.append(f"-g {self._next()}" if name == "-g" else self._next())
            self._current = self._target
            return
        if not OPTION.match(word):
            raise MalformedError(f"`{word}` belongs to no option", word)
        owner = self._owner(name, word)
        text = " ".join([word, *self._values(self._arity(owner, name))])
        if owner:
            owner.append(f"! {text}" if sign else text)
        elif name in CORE:
            self._cores.append(sign + name[1:] + text[len(word) :])
        else:
            raise MalformedError(f"`{word}` is no option of iptables", text)

    def _full(self, word: str) -> str:
        """The word, or the option that it is the beginning of."""
        modules = [group[0] for group in self._groups]
        target = self._target[0] if self._target else ""
        found = full(word, modules, target)
        implied = PROTOCOL_MODULES.get(protocol_of(self._cores), "")
        # iptables/xshared.c, command_default: only then the protocol's own options are there.
        return full(word, [*modules, implied], target) if found == word and implied else found

    def _owner(self, name: str, word: str) -> list[str]:
        """The group or target that has the option; an empty list for iptables itself."""
        if self._has(self._current, name):
            return self._current
        for group in reversed(self._groups):
            # getopt_long(3) prefers a whole name, such as the `--proto` of `-m policy`, to the
            # beginning of another one.
            if name != word and is_of_outside(word, group[0]):
                return group
        is_foreign = bool(self._current) and own_module(self._current[0]) not in MODULES
        if is_foreign and self._current is not self._target and name != word and name not in CORE:
            # An old spelling of another extension's option, such as the `--set` of `-m recent`.
            return self._current
        if name in CORE:
            return []
        for group in reversed(self._groups):
            if self._has(group, name):
                return group
        implied = [PROTOCOL_MODULES.get(protocol_of(self._cores), "")]
        if self._has(implied, name):
            self._groups.append(implied)
            return implied
        return self._current

    def _has(self, group: list[str], name: str) -> bool:
        return bool(group) and self._arity(group, name) is not None

    def _arity(self, group: list[str], name: str) -> int | None:
        """How many words follow the option; None if they go on up to the next option."""
        if not group:
            return CORE[name].arity if name in CORE else None
        if group is self._target:
            target = TARGETS.get(group[0])
            return target.options.get(name) if target else arity(CONTINUES.get(group[0]), name)
        module = MODULES.get(own_module(group[0]))
        return module.options[name].arity if module and name in module.options else None

    def _values(self, arity: int | None) -> list[str]:
        texts: list[str] = []
        if arity and self._peek() == "!":
            texts.append(self._next())
        if arity is not None:
            return texts + [self._next() for _ in range(arity)]
        while self._peek() and self._peek() != "!" and not OPTION.match(self._peek()):
            texts.append(self._next())
        return texts
