"""The prefix lists of an account: their names, their entries, and whether these are all."""

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.ruleset import Gap
from parsers.aws import shapes
from parsers.aws.account import ENTRIES, Account
from parsers.aws.values import addresses, network, shown
from parsers.shared.node import Node

_ID: Final = re.compile(r"pl-[0-9a-z]+")
_SETTLED: Final = ("create-complete", "modify-complete", "restore-complete")
"""The states in which all rules that name a list have its present entries (ManagedPrefixList)."""


class PrefixLists:
    """The prefix lists that the exports hold; raises InputError for what is no network in one."""

    def __init__(self, account: Account) -> None:
        self.gaps: list[Gap] = []
        """What is not understood of them."""
        self._nodes: dict[str, Node] = {}
        self._networks: dict[str, Addresses] = {}
        """What describe-prefix-lists says, which is all of a list."""
        self._entries: dict[str, Addresses] = {}
        """What get-managed-prefix-list-entries says, maybe in pages."""
        self._states: dict[str, str] = {}
        self._cut: dict[str, bool] = {}
        """Whether the last page of a list's entries says that another one follows."""
        self._last: dict[str, Node] = {}
        """The last page of a list's entries: there is one."""
        for node in account.of("PrefixLists"):
            self._take_list(node)
        for node in account.of(ENTRIES):
            self._take_entries(node)

    def text(self, name: str, key: str) -> str:
        """What a list's own element says under a key; empty where it is in no export."""
        node = self._nodes.get(name)
        return node.text(key) if node is not None else ""

    def doubt(self, name: str, words: str = "") -> str:
        """Why nothing is certain of a list's entries that are here; empty where nothing is wrong.

        While a list is modified, and where that has failed, rules may have another version of it.
        """
        networks, entries = self._networks.get(name), self._entries.get(name)
        if networks is not None and entries is not None:
            beyond = entries - networks if self._cut.get(name) else entries != networks
            if beyond:
                return f"two answers differ on the entries of {words}"
        state = self._states.get(name, "")
        return "" if not state or state in _SETTLED else f"the state of {words} is {shown(state)}"

    def entries(self, name: str) -> Addresses | None:
        """The entries of a list as far as they are in the exports; None where none is certain."""
        return None if self.doubt(name) else self._networks.get(name, self._entries.get(name))

    def whole(self, name: str) -> Addresses | None:
        """The entries of a list; None where they are not all in the exports, or not certain."""
        is_cut = self._cut.get(name) and name not in self._networks
        return None if is_cut else self.entries(name)

    def _take_list(self, node: Node) -> None:
        self.gaps += shapes.unknown(node, shapes.PREFIX_LIST)
        name = node.name("PrefixListId")
        known = self._nodes.get(name, node)
        if "Cidrs" in node:
            if "Cidrs" in known:
                _compare(name, node, known, "Cidrs")
            self._networks[name] = _addresses([(node, "Cidrs", t) for t in node.texts("Cidrs")])
        if node.get("State"):
            self._states[name] = node.text("State")
        # Of two commands' answers one has the networks, the other one the family.
        self._nodes[name] = node if "AddressFamily" in node else known

    def _take_entries(self, node: Node) -> None:
        self.gaps += shapes.unknown(node, shapes.ENTRIES)
        name = _id_of(node)
        if not name:
            message = (
                "which prefix list these entries are of is nowhere in them: "
                "give the file the list's id as its name (pl-0123.json)"
            )
            self.gaps.append(Gap("FW901", message, node.key_place("Entries"), "Entries"))
            return
        if not node.get("NextToken"):
            _compare(name, node, self._last.setdefault(name, node), "Entries")
        each = [(entry, "Cidr", entry.text("Cidr")) for entry in node.nodes("Entries")]
        self._entries[name] = self._entries.get(name, Addresses()) | _addresses(each)
        self._cut[name] = bool(node.get("NextToken"))


def _compare(name: str, node: Node, known: Node, key: str) -> None:
    """Raises InputError where exports contradict each other about one list."""
    if node.get(key) != known.get(key):
        raise node.error(f"{name} is also in {known.span}, with other contents")


def _id_of(node: Node) -> str:
    """The prefix list of a response with entries: the file's name says it, or a key added to it."""
    if node.get("PrefixListId"):
        return node.text("PrefixListId")
    name = _ID.search(PurePath(node.file.source.path).name)
    return name[0] if name else ""


def _addresses(texts: Iterable[tuple[Node, str, str]]) -> Addresses:
    found = []
    for node, key, text in texts:
        each = network(text)
        if each is None:
            raise node.error(f"`{text}` is no network", key)
        found.append(each)
    return addresses(found)
