"""The library of decision diagrams, imported without what it does not need.

oxidd looks up its own version number, for which it imports importlib.metadata and with that the
package `email`; for one name it imports typing_extensions. Both together take longer than reading
a site's policies, at each start of the program.
"""

import importlib
import sys
import typing
from types import ModuleType

_STAND_INS: dict[str, dict[str, object]] = {
    "importlib.metadata": {"version": lambda _: ""},
    "typing_extensions": vars(typing),
}


def _import() -> None:
    made: list[str] = []
    for name, content in _STAND_INS.items():
        if name not in sys.modules:
            module = ModuleType(name)
            vars(module).update(content)
            sys.modules[name] = module
            made.append(name)
    metadata = sys.modules["importlib.metadata"]
    if "importlib.metadata" in made:
        importlib.metadata = metadata
    try:
        importlib.import_module("oxidd.bdd")
    finally:
        for name in made:
            del sys.modules[name]
        if "importlib.metadata" in made:
            del importlib.metadata


_import()

from oxidd.bdd import BDDFunction, BDDManager  # noqa: E402 - its own imports had to go first

__all__ = ["BDDFunction", "BDDManager"]
