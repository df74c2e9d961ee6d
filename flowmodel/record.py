"""The part of `dataclasses` that fwlint uses, for a start in less time: docs/decisions/0010.

The standard module compiles six functions for each class, and imports `inspect` to do so. Here only
`__init__` is compiled, because making many objects must be fast, and only once for all classes of
one shape; all else is shared.
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any, TypeVar, dataclass_transform

_Type = TypeVar("_Type")
_Object = TypeVar("_Object")
_MISSING: Any = object()
_HASH = hash(())


class _Factory:
    """What makes the default of a field, anew for each object."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], _Object]) -> _Object:
    """A field whose default is made anew for each object, as in `dataclasses`."""
    made: Any = _Factory(default_factory)
    return made  # type: ignore[no-any-return]


def replace(record: _Object, **changes: Any) -> _Object:
    """The record with some fields changed, as in `dataclasses`."""
    made: Any = type(record)
    kept = {name: getattr(record, name) for name in made.__match_args__ if name not in changes}
    changed: _Object = made(**kept, **changes)
    return changed


@dataclass_transform(field_specifiers=(field,))
def dataclass(
    *,
    slots: bool,
    frozen: bool = False,
    eq: bool = True,
    order: bool = False,
    weakref_slot: bool = False,
) -> Callable[[type[_Type]], type[_Type]]:
    """A decorator for slotted classes of annotated fields; options are those of `dataclasses`.

    Classes do not inherit fields. Without `eq` objects are compared by identity.
    """
    assert slots, "classes without slots are not for here"

    def decorate(cls: type[_Type]) -> type[_Type]:
        # Importing `inspect` for its get_annotations is what this module is there to avoid.
        names = tuple(cls.__dict__.get("__annotations__", {}))  # noqa: RUF063
        made = _slotted(cls, names, ("__weakref__",) if weakref_slot else ())
        made.__init__ = _initializer(cls, made, names)
        made.__repr__ = _repr
        made.__reduce__ = _reduce
        if frozen:
            made.__setattr__ = _refuse
        if eq:
            _compare(made, names, frozen=frozen, order=order)
        return made  # type: ignore[no-any-return]

    return decorate


def _slotted(cls: type, names: tuple[str, ...], more: tuple[str, ...]) -> Any:
    """The class anew, with a slot for each field and without the defaults."""
    body = {
        name: value
        for name, value in cls.__dict__.items()
        if name not in names and name not in ("__dict__", "__weakref__")
    }
    body |= {"__slots__": names + more, "__match_args__": names, "__qualname__": cls.__qualname__}
    return type(cls)(cls.__name__, cls.__bases__, body)


def _initializer(cls: type, made: Any, names: tuple[str, ...]) -> Any:
    """The `__init__` of a class: code of its shape, with the names and setters of its own."""
    scope: dict[str, Any] = {"missing": _MISSING}
    shape = []
    defaults = []
    for number, name in enumerate(names):
        scope[f"set_{number}"] = made.__dict__[name].__set__
        default = cls.__dict__.get(name, _MISSING)
        is_made = isinstance(default, _Factory)
        shape.append(is_made)
        if is_made:
            scope[f"make_{number}"] = default.make
        if is_made or default is not _MISSING:
            defaults.append(_MISSING if is_made else default)
        elif defaults:
            raise TypeError(f"field {name!r} of {cls.__qualname__} needs a default")
    code = _code(tuple(shape)).replace(co_varnames=("self", *names))
    return FunctionType(code, scope, "__init__", tuple(defaults))


@cache
def _code(shape: tuple[bool, ...]) -> CodeType:
    """What sets as many fields; the shape says of each whether a factory makes its default."""
    parameters = ["self", *(f"value_{number}" for number in range(len(shape)))]
    lines = [
        f"set_{number}(self, make_{number}() if {name} is missing else {name})"
        if is_made
        else f"set_{number}(self, {name})"
        for number, (name, is_made) in enumerate(zip(parameters[1:], shape, strict=True))
    ]
    scope: dict[str, Any] = {}
    text = f"def __init__({', '.join(parameters)}):\n " + ("\n ".join(lines) or "pass")
    exec(text, scope)  # noqa: S102 - nothing in it comes from outside
    code: CodeType = scope["__init__"].__code__
    return code


def _compare(made: Any, names: tuple[str, ...], *, frozen: bool, order: bool) -> None:
    if not names:
        # All objects are the same. Verdicts are, which are compared once a rule.
        made.__eq__ = lambda self, other: type(other) is type(self) or NotImplemented
        made.__hash__ = (lambda _: _HASH) if frozen else None
        return
    get = attrgetter(*names) if len(names) > 1 else _Few(names)

    def equal(self: Any, other: Any) -> bool:
        return get(self) == get(other) if type(other) is type(self) else NotImplemented

    def less(self: Any, other: Any) -> bool:
        return get(self) < get(other) if type(other) is type(self) else NotImplemented

    def at_most(self: Any, other: Any) -> bool:
        return get(self) <= get(other) if type(other) is type(self) else NotImplemented

    made.__eq__ = equal
    made.__hash__ = (lambda self: hash(get(self))) if frozen else None
    if order:
        # Python asks the other side for `>` and `>=`.
        made.__lt__, made.__le__ = less, at_most


class _Few:
    """What attrgetter is for more names: the fields of an object as a tuple."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def __call__(self, record: Any) -> tuple[Any, ...]:
        return tuple(getattr(record, name) for name in self.names)


def _repr(self: Any) -> str:
    shown = (f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _reduce(self: Any) -> tuple[Any, ...]:
    """How pickle and copy make the object again."""
    return type(self), tuple(getattr(self, name) for name in self.__match_args__)


def _refuse(_self: Any, name: str, _value: Any) -> None:
    raise AttributeError(f"cannot assign to field {name!r}")
