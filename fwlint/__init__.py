"""fwlint as a library: `load` reads, and `check`, `trace` and `diff` ask. docs/api.md describes it.

The names here are promised; everything else of the distribution may change with any version.
"""

# Each is imported when it is first asked for: `python -m fwlint` imports this module while modules
# are still looked for in the current folder, which may be a checkout of somebody else.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from flowmodel.change import Changed, Comparison, Decided
    from flowmodel.finding import Finding, Related, Report, Waived
    from flowmodel.proved import Judged, Proved
    from flowmodel.source import InputError, InputErrors, Span
    from fwlint.checking import check
    from fwlint.comparing import diff
    from fwlint.errors import UndecidedError, UsageError
    from fwlint.loading import Loaded, load
    from fwlint.tracing import trace
    from linter import __version__
    from linter.engine.device.trace import Trace, Way

__all__ = [
    "Changed",
    "Comparison",
    "Decided",
    "Finding",
    "InputError",
    "InputErrors",
    "Judged",
    "Loaded",
    "Proved",
    "Related",
    "Report",
    "Span",
    "Trace",
    "UndecidedError",
    "UsageError",
    "Waived",
    "Way",
    "__version__",
    "check",
    "diff",
    "load",
    "trace",
]

if not TYPE_CHECKING:
    _MODULES = {
        "flowmodel.change": ("Changed", "Comparison", "Decided"),
        "flowmodel.finding": ("Finding", "Related", "Report", "Waived"),
        "flowmodel.proved": ("Judged", "Proved"),
        "flowmodel.source": ("InputError", "InputErrors", "Span"),
        "fwlint.checking": ("check",),
        "fwlint.comparing": ("diff",),
        "fwlint.errors": ("UndecidedError", "UsageError"),
        "fwlint.loading": ("Loaded", "load"),
        "fwlint.tracing": ("trace",),
        "linter": ("__version__",),
        "linter.engine.device.trace": ("Trace", "Way"),
    }

    def __getattr__(name: str) -> object:
        module = next((each for each, names in _MODULES.items() if name in names), "")
        if not module:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        found: object = getattr(import_module(module), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return [*globals(), *__all__]
