"""The texts that the source says to people where something is wrong, taken from its syntax."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("flowfiles", "flowmodel", "fwlint", "linter", "parsers", "policies")
# What takes a message: errors and exceptions, remarks and gaps of the readers, words for people.
_SAYING: Final = re.compile(
    r"\w*(error|errors|fault|problem|refus\w*|fail\w*|complain\w*|hinted|gap|remark)|_?(say|add)",
    re.IGNORECASE,
)
_HELD: Final = re.compile(
    r"_?\w*(message|hint|sentence|reason|remedy|advice|refusal|told|neither|not_ours|fault)s?\w*",
    re.IGNORECASE,
)
_WORDS: Final = re.compile(r"[A-Za-z`}]{2,}[,;:]? [A-Za-z`{]")


def texts_of(path: Path) -> list[str]:
    """The messages of a module, in the order of its lines; `{…}` is what a run puts in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {
        (node.lineno, node.col_offset): text
        for start in _sayings(tree)
        for node in _strings(start)
        if _WORDS.search(text := _template(node))
    }
    return [found[place] for place in sorted(found)]


def _sayings(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None:
            yield node.exc
        elif isinstance(node, ast.Return) and node.value is not None:
            yield node.value
        elif isinstance(node, ast.Dict):
            yield from node.values
        elif isinstance(node, ast.Call) and _SAYING.fullmatch(_name(node.func)):
            yield from (*node.args, *(each.value for each in node.keywords))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_HELD.fullmatch(_name(each)) for each in targets):
                yield node.value


def _name(node: ast.AST) -> str:
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case _:
            return ""


def _strings(node: ast.AST) -> Iterator[ast.JoinedStr | ast.Constant]:
    """The outermost strings in a piece of source."""
    if isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    ):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from _strings(child)


def _template(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    parts = (str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in node.values)
    return "".join(parts)
