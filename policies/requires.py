"""Policies that build on others: whose flows count too, and where their roles are then."""

from collections.abc import Collection
from typing import Final

from policies.flows import read_names
from policies.model import Required
from policies.schema import is_empty, keyed, name, record, text
from policies.yaml_nodes import Errors, Node

REQUIRED_KEYS: Final = ("bind", "options")


def read_requires(
    errors: Errors, node: Node | None, machines: Collection[str]
) -> dict[str, Required]:
    """The policies that this one builds on, with what their roles are called here."""
    found = {}
    for key, value in keyed(errors, node, "`requires`"):
        label = name(errors, key, "a policy", ("site",))
        fields = {} if is_empty(value) else record(errors, value, f"`{label}`", REQUIRED_KEYS)
        bind = {
            one.value: read_names(errors, ours, "role or peer", machines)
            for one, ours in keyed(errors, fields.get("bind"), "`bind`")
        }
        options = {
            one.value: text(errors, answer, one.value)
            for one, answer in keyed(errors, fields.get("options"), "`options`")
        }
        found[label] = Required(label, key.span, bind, options)
    return found
