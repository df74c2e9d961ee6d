"""The parts of `dataclasses` and NamedTuple that fwlint uses, for a start in less time.

The standard modules compile up to six functions for each class, and `dataclasses` imports `inspect`
to do so. Here only what makes an object is compiled, because making many must be fast, and only
once for all classes of one shape; all else is shared: docs/decisions/0010.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Self, TypeVar, dataclass_transform

__all__ = ["NamedTuple", "dataclass", "derived", "field", "replace"]

_Type = TypeVar("_Type")
_Object = TypeVar("_Object")
_HASH = hash(())


class _Factory:
    """What makes the default of a field, anew for each object."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], _Object]) -> _Object:
    """A field whose default is made anew for each object, as in `dataclasses`."""
    made: Any = _Factory(default_factory)
    return made  # type: ignore[no-any-return]


class _Derived:
    """What works out a value of an object when it is first asked for."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self.make = make

    def kept_in(self, slot: Any) -> property:
        """A property that keeps the value in a slot of the object's class."""
        get, put, make = slot.__get__, slot.__set__, self.make

        def read(record: Any) -> Any:
            try:
                return get(record)
            except AttributeError:
                pass
            value = make(record)
            put(record, value)
            return value

        return property(read, doc=make.__doc__)


if TYPE_CHECKING:
    from functools import cached_property as derived
else:
    derived = _Derived


def replace(record: _Object, **changes: Any) -> _Object:
    """The record with some fields changed, as in `dataclasses`."""
    made: Any = type(record)
    take = changes.pop
    values = [
        take(name) if name in changes else getattr(record, name) for name in made.__match_args__
    ]
    # What is left is no field, and refused.
    changed: _Object = made(*values, **changes)
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

    Classes do not inherit fields. Without `eq` objects are compared by identity. What a `derived`
    method returns is worked out once for each object, which no field has: copies begin anew.
    """
    assert slots, "classes without slots are not for here"

    def decorate(cls: type[_Type]) -> type[_Type]:
        body = dict(cls.__dict__)
        names = tuple(cls.__annotations__)
        defaults = _defaults(names, body)
        for name in ("__dict__", "__weakref__"):
            body.pop(name, None)
        setters: dict[str, Any] = {}
        lazy = {name: each for name, each in body.items() if isinstance(each, _Derived)}
        slots = (*names, *map("_{}".format, lazy), *["__weakref__"] * weakref_slot)
        # All methods are there when the class is made: each that is set later costs much more.
        body |= {
            "__slots__": slots,
            "__match_args__": names,
            "__qualname__": cls.__qualname__,
            "__init__": _initializer(names, tuple(defaults.values()), setters),
            "__repr__": _repr,
            "__reduce__": _reduce,
        }
        if frozen:
            body["__setattr__"] = _refuse
        if eq:
            # A class's own method is kept, as in `dataclasses`.
            body = _comparing(names, frozen=frozen, order=order) | body
        kind: Any = type(cls)
        made: type[_Type] = kind(cls.__name__, cls.__bases__, body)
        for number, name in enumerate(names):
            setters[f"set_{number}"] = _setter(made.__dict__[name].__set__, defaults.get(name))
        for name, each in lazy.items():
            setattr(made, name, each.kept_in(made.__dict__[f"_{name}"]))
        return made

    return decorate


def _defaults(names: tuple[str, ...], body: dict[str, Any]) -> dict[str, Any]:
    """Takes the defaults out of what is in a class; raises TypeError for a field between them."""
    found = {name: body.pop(name) for name in names if name in body}
    for name in names[len(names) - len(found) :]:
        if name not in found:
            raise TypeError(f"field {name!r} needs a default, like those before it")
    return found


def _initializer(
    names: tuple[str, ...], defaults: tuple[Any, ...], setters: dict[str, Any]
) -> FunctionType:
    """The `__init__` of a class: code of its shape, with names, defaults and setters of its own."""
    code = _code(len(names)).replace(co_varnames=("self", *names))
    return FunctionType(code, setters, "__init__", defaults)


@cache
def _code(count: int) -> CodeType:
    """What sets as many fields."""
    names = [f"value_{number}" for number in range(count)]
    lines = [f"set_{number}(self, {name})" for number, name in enumerate(names)]
    return _compiled("__init__", ["self", *names], "\n ".join(lines) or "pass")


def _setter(put: Callable[[Any, Any], None], default: Any) -> Callable[[Any, Any], None]:
    """What sets a field, and makes its default where no value is given."""
    if not isinstance(default, _Factory):
        return put
    return lambda self, value: put(self, default.make() if value is default else value)


def _compiled(name: str, parameters: list[str], body: str) -> CodeType:
    scope: dict[str, Any] = {}
    text = f"def {name}({', '.join(parameters)}):\n {body}"
    exec(text, scope)  # noqa: S102 - nothing in it comes from outside
    code: CodeType = scope[name].__code__
    return code


def _comparing(names: tuple[str, ...], *, frozen: bool, order: bool) -> dict[str, Any]:
    if not names:
        # All objects are the same. Verdicts are, which are compared once a rule.
        return {
            "__eq__": lambda self, other: type(other) is type(self) or NotImplemented,
            "__hash__": (lambda _: _HASH) if frozen else None,
        }
    get = attrgetter(*names) if len(names) > 1 else _Few(names)

    def equal(self: Any, other: Any) -> bool:
        return get(self) == get(other) if type(other) is type(self) else NotImplemented

    def less(self: Any, other: Any) -> bool:
        return get(self) < get(other) if type(other) is type(self) else NotImplemented

    def at_most(self: Any, other: Any) -> bool:
        return get(self) <= get(other) if type(other) is type(self) else NotImplemented

    methods = {"__eq__": equal, "__hash__": (lambda self: hash(get(self))) if frozen else None}
    # Python asks the other side for `>` and `>=`.
    return methods | ({"__lt__": less, "__le__": at_most} if order else {})


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


class _Tuple(tuple[Any, ...]):
    """What all named tuples can do."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    __match_args__: tuple[str, ...] = ()

    @classmethod
    def _make(cls, values: Iterable[Any]) -> Self:
        return cls(*values)

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def _replace(self, **changes: Any) -> Self:
        made = tuple.__new__(type(self), map(changes.pop, self._fields, self))
        if changes:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(changes)}")
        return made

    def __repr__(self) -> str:
        return _repr(self)

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)


_LETTERS = namedtuple("_LETTERS", "a b c d e f g h i j k l m n o p q r s t u v w x y z")  # noqa: PYI024
_READERS = tuple(vars(_LETTERS)[letter] for letter in "abcdefghijklmnopqrstuvwxyz")
"""What reads the first field of a tuple, what the second: the same in all classes."""
_SCOPE = {"new": tuple.__new__}


class _NamedTupleMeta(type):
    """What makes a plain class of the body of a named tuple."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        if not bases:
            return super().__new__(cls, name, bases, body)
        made: Any = type(name, (_Tuple,), body | {"__slots__": ()})
        names = tuple(made.__annotations__)
        defaults = tuple(_defaults(names, body).values())
        code = _new(len(names)).replace(co_varnames=("cls", *names))
        given = dict(zip(names, _READERS[: len(names)], strict=True))
        given |= {"_fields": names, "__match_args__": names}
        given |= {"__new__": FunctionType(code, _SCOPE, "__new__", defaults)}
        for each, value in given.items():
            setattr(made, each, value)
        return made


@cache
def _new(count: int) -> CodeType:
    """What makes a tuple of as many fields."""
    names = [f"value_{number}" for number in range(count)]
    values = "".join(f"{name}, " for name in names)
    return _compiled("__new__", ["cls", *names], f"return new(cls, ({values}))")


if TYPE_CHECKING:
    from typing import NamedTuple  # noqa: TID251 - what its users are checked as
else:

    class NamedTuple(metaclass=_NamedTupleMeta):
        """As in `typing`."""
