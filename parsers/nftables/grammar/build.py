"""How lark's tree of a shape becomes statements and expressions."""

from typing import TypeAlias, cast

from lark import Token, Tree

from parsers.nftables.grammar.tree import (
    Assignment,
    Body,
    Comment,
    Concat,
    Counter,
    Decision,
    Expression,
    Listing,
    Mapped,
    Matching,
    Named,
    NoTracking,
    Opaque,
    Operation,
    Ratio,
    Reference,
    Select,
    Slot,
    Span,
    Statement,
    Text,
    Translation,
    VerdictMap,
)

Node: TypeAlias = "Tree[Token] | Token"

_SPELLINGS = {"and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>"}
_RELATIONS = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}
# How tightly operators bind (nft's parser_bison.y: concat, or, xor, and, shift).
_STRENGTH = {".": 0, "|": 1, "^": 2, "&": 3, "<<": 4, ">>": 4}


class Builder:
    """Builds the statements of one shape."""

    def __init__(self, shape: str) -> None:
        self._shape = shape

    def statements(self, tree: "Tree[Token]") -> list[Statement]:
        """The rule's statements in order."""
        return [self._statement(cast("Tree[Token]", child)) for child in tree.children]

    def _statement(self, tree: "Tree[Token]") -> Statement:
        children = tree.children
        match tree.data:
            case "matching":
                relation = str(children[1]) if len(children) == 3 else ""
                return Matching(
                    self._expression(children[0]),
                    _RELATIONS.get(relation, relation),
                    self._expression(children[-1]),
                    self._text(tree),
                )
            case "verdict_map":
                return VerdictMap(
                    self._expression(children[0]), self._table(children[1]), self._text(tree)
                )
            case "assignment":
                return Assignment(
                    self._expression(children[0]), self._expression(children[1]), self._text(tree)
                )
            case "decision":
                target = self._literal(children[1]) if len(children) == 2 else ""
                return Decision(str(children[0]), target)
            case "plain_translation" | "network_translation":
                return self._translation(tree)
            case "counter":
                return Counter(self._literal(children[0]) if children else "")
            case "reference":
                return Reference(
                    str(children[0]).split()[0], self._expression(children[1]), self._text(tree)
                )
            case "notrack":
                return NoTracking()
            case "comment":
                return Comment()
            case kind:
                return Opaque(str(kind), self._text(tree))

    def _translation(self, tree: "Tree[Token]") -> Translation:
        to: Expression | None = None
        port: Expression = ""
        for child in tree.children[1:]:
            if isinstance(child, Tree) and child.data in ("port", "port_alone"):
                port = self._expression(child.children[0])
            elif isinstance(child, Tree):
                to = self._expression(child)
        is_network = tree.data == "network_translation"
        return Translation(str(tree.children[0]), to, port, is_network, self._text(tree))

    def _text(self, tree: "Tree[Token]") -> Text:
        start, end = tree.meta.start_pos, tree.meta.end_pos
        return self._words(start, end)

    def _words(self, start: int, end: int) -> Text:
        return Text(self._shape[start:end], self._shape.count("\x01", 0, start))

    def _literal(self, node: Node) -> str | Slot:
        token = cast("Token", node)
        if token.type == "SLOT":
            return Slot(self._shape.count("\x01", 0, token.start_pos))
        return str(token)

    def _select(self, token: Token) -> Select:
        start = token.start_pos or 0
        if "\x01" in token:
            return Select(self._words(start, start + len(token)))
        return Select(str(token))

    def _table(self, node: Node) -> Body | Named:
        tree = cast("Tree[Token]", node)
        literal = self._literal(tree.children[0])
        return Body(literal) if tree.data == "body" else Named(literal)

    def _expression(self, node: Node) -> Expression:
        if isinstance(node, Token):
            return self._select(node) if node.type == "SELECTOR" else self._literal(node)
        children = node.children
        match node.data:
            case "body" | "named":
                return self._table(node)
            case "operated":
                return self._operated(node)
            case "masked":
                return Ratio(self._expression(children[0]), self._expression(children[1]))
            case "mapped":
                return Mapped(self._expression(children[0]), self._table(children[1]))
            case "range":
                return Span(self._expression(children[0]), self._expression(children[1]))
            case "items" | "values" if len(children) > 1:
                return Listing(tuple(self._expression(child) for child in children))
            case "chain" | "expression" if len(children) > 1:
                return _bound([self._part(child) for child in children])
            case _:
                return self._expression(children[0])

    def _part(self, node: Node) -> Expression:
        if isinstance(node, Token) and node.type in ("OPERATOR", "DOT"):
            return str(node)
        return self._expression(node)

    def _operated(self, tree: "Tree[Token]") -> Expression:
        # `left: left _operator operand` nests to the left: undo that, then bind by strength.
        flat: list[Expression] = []
        node: Node = tree
        while isinstance(node, Tree) and node.data == "operated":
            left, operator, operand = node.children
            flat[:0] = [str(operator), self._expression(operand)]
            node = left
        return _bound([self._expression(node), *flat])


def _bound(parts: list[Expression]) -> Expression:
    """The expression that operands and operators in turn stand for."""
    if len(parts) == 1:
        return parts[0]
    operators = [_SPELLINGS.get(str(each), str(each)) for each in parts[1::2]]
    if "." in operators:
        pieces: list[Expression] = []
        start = 0
        for index, operator in enumerate([*operators, "."]):
            if operator == ".":
                pieces.append(_bound(parts[start * 2 : index * 2 + 1]))
                start = index + 1
        return Concat(tuple(pieces))
    weakest = min(_STRENGTH[operator] for operator in operators)
    last = max(i for i, operator in enumerate(operators) if _STRENGTH[operator] == weakest)
    return Operation(operators[last], _bound(parts[: last * 2 + 1]), _bound(parts[last * 2 + 2 :]))
