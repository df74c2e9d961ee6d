"""Objects of sarif-om as JSON values: the package itself has no writer."""

from typing import Any, Final

from attrs import NOTHING, Factory, fields, has

# Defaults that are written all the same: a result without a level takes its rule's, so leaving out
# the default "warning" would turn it into an error.
_ALWAYS: Final = frozenset({"level", "kind"})


def encode(value: Any) -> Any:
    """The value with every SARIF object as a dictionary of the properties that are set."""
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, list):
        return [encode(item) for item in value]
    if not has(type(value)):
        return value
    encoded: dict[str, Any] = {}
    for field in fields(type(value)):
        item = getattr(value, field.name)
        name = field.metadata["schema_property_name"]
        if name in _ALWAYS or item != _default(field.default):
            encoded[name] = encode(item)
    return encoded


def _default(default: Any) -> Any:
    if isinstance(default, Factory):  # type: ignore[arg-type]
        return default.factory()
    return None if default is NOTHING else default
