"""Settings from a file: what the command line leaves open, a project's `fwlint.toml` may say.

The file is of the tree that is checked, and so may be anybody's: docs/decisions/0028. It can choose
what is told and how, and every report says so; what may be read and written it cannot widen.
"""

import os
from argparse import Namespace
from pathlib import Path
from typing import Final

from flowfiles.reach import Typed, Within, tree_of
from flowmodel.finding import LEVELS, Settings
from flowmodel.record import NamedTuple, replace
from flowmodel.site import Service, Site
from flowmodel.source import Span
from fwlint.errors import UsageError
from fwlint.selection import selection
from linter.commands.config_file import OWN, SHARED, Toml, folders_above, settings_of
from linter.commands.output import OURS, PRINTED, Target, target_of, together

_KNOWN: Final = ("baseline", "fail-on", "ignore", "marked", "output", "select", "site")
_MARKED: Final = ("add", "remove")
_TYPED: Final = "; it is for the command line alone: what is checked may not ask for it"
_OPTIONS: Final = "allow-outside include-dir fix fix-to quiet config no-config date work-limit"
_ELSEWHERE: Final = dict.fromkeys(_OPTIONS.split(), _TYPED) | {
    "accept": "; a site file has `accept`",
    "format": "; did you mean `output`?",
    "formats": "; did you mean `output`?",
    "outputs": "; did you mean `output`?",
}


class Config(NamedTuple):
    """What a file of settings says; paths are as they are from the working directory."""

    path: str
    tree: str
    """The folder that what it names must lie in."""
    site: str = ""
    fail_on: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    outputs: tuple[Target, ...] = ()
    baseline: str = ""
    marked: tuple[Service, ...] = ()
    unmarked: tuple[Service, ...] = ()


def applied(arguments: Namespace) -> Namespace:
    """The arguments, with what they leave open from the file of settings; raises InputErrors."""
    config = _config(arguments)
    if config is None:
        return arguments
    new = Namespace(**vars(arguments))
    typed: frozenset[str] = getattr(arguments, "options_given", frozenset())
    new.marked, new.unmarked = config.marked, config.unmarked
    new.settings = Settings(
        config.path,
        marked=tuple(each.text for each in config.marked),
        unmarked=tuple(each.text for each in config.unmarked),
    )
    if "site" in arguments and not arguments.paths and config.site:
        new.site, new.tree = config.site, config.tree
        new.settings = replace(new.settings, site=config.site)
    if "select" in arguments and not (arguments.select or arguments.ignore):
        new.select, new.ignore = list(config.select), list(config.ignore)
        new.settings = replace(new.settings, select=config.select, ignore=config.ignore)
    if "fail_on" in arguments and config.fail_on and "fail_on" not in typed:
        new.fail_on = config.fail_on
        new.settings = replace(new.settings, fail_on=config.fail_on)
    is_open = "no_baseline" in arguments and not (arguments.no_baseline or arguments.baseline)
    if is_open and config.baseline:
        new.baseline, new.reach_of_baseline = config.baseline, Within((config.tree,))
        new.settings = replace(new.settings, baseline=config.baseline)
    if "output" in arguments and not arguments.output:
        new.outputs = config.outputs
    return new


def with_marks(site: Site, arguments: Namespace) -> Site:
    """The site, with the services that the settings mark and unmark."""
    if not (arguments.marked or arguments.unmarked):
        return site
    return replace(
        site,
        marked=(*site.marked, *arguments.marked),
        unmarked=(*site.unmarked, *arguments.unmarked),
    )


def _config(arguments: Namespace) -> Config | None:
    if arguments.no_config:
        if arguments.config:
            raise UsageError("--config and --no-config exclude each other")
        return None
    if arguments.config:
        toml = settings_of(arguments.config, Typed())
        if toml is None:
            raise UsageError(f"--config {arguments.config}: it has no table [tool.fwlint]")
        return _read(toml)
    for folder in folders_above(str(Path.cwd())):
        found = [each for name in (OWN, SHARED) if (each := _found(folder, name)) is not None]
        if len(found) > 1:
            second = found[1]
            second.error(f"there are settings in {OWN} beside it too; keep one of the two")
            second.stop_if_any()
        if found:
            return _read(found[0])
    return None


def _found(folder: str, name: str) -> Toml | None:
    path = os.path.join(folder, name)  # noqa: PTH118
    if not os.path.lexists(path):
        return None
    return settings_of(os.path.relpath(path), Within((tree_of(folder),)))


def _read(toml: Toml) -> Config:
    """What the settings say; raises InputErrors with everything that is wrong with them."""
    toml.only(_KNOWN, _ELSEWHERE)
    tree = tree_of(toml.path)
    fail_on = toml.text("fail-on")
    if fail_on and fail_on not in (*LEVELS, "never"):
        toml.error(f"unknown level `{fail_on}`; expected {', '.join(LEVELS)} or never", "fail-on")
    marked: dict[str, tuple[Service, ...]] = {}
    if toml.is_table("marked"):
        toml.only(_MARKED, {}, "marked")
        marked = {each: _services(toml, each) for each in _MARKED}
    config = Config(
        toml.path,
        tree,
        _named(toml, tree, "site"),
        fail_on,
        _ids(toml, "select"),
        _ids(toml, "ignore"),
        _outputs(toml, tree),
        _named(toml, tree, "baseline"),
        marked.get("add", ()),
        marked.get("remove", ()),
    )
    toml.stop_if_any()
    return config


def _ids(toml: Toml, key: str) -> tuple[str, ...]:
    found = toml.texts(key)
    for text, at in found:
        try:
            selection([text], ())
        except UsageError as wrong:
            toml.error(str(wrong), *at)
    return tuple(dict.fromkeys(text for text, _ in found))


def _services(toml: Toml, key: str) -> tuple[Service, ...]:
    from policies.services import ported

    found: list[Service] = []
    for text, at in toml.texts("marked", key):
        try:
            found += ported(text, Span(toml.path, 1, 1, 1, 1))
        except ValueError as wrong:
            toml.error(str(wrong), *at)
    return tuple(found)


def _named(toml: Toml, tree: str, key: str) -> str:
    """The path of a file that has to be in the tree, from the working directory."""
    text = toml.text(key)
    if not text:
        return ""
    path = _beside(toml, text)
    refusal = Within((tree,)).refusal(path)
    if refusal:
        toml.error(f"`{text}` {refusal.partition(';')[0]}", key)
    elif key != "baseline" and not os.path.isfile(path):  # noqa: PTH113
        # `fwlint baseline` writes the first one; a check that has to read it says that it is gone.
        toml.error(f"there is no file `{text}`", key)
    return path


def _beside(toml: Toml, text: str) -> str:
    path = os.path.join(os.path.dirname(toml.path), text)  # noqa: PTH118, PTH120
    return os.path.normpath(path) if os.path.isabs(path) else os.path.relpath(path)  # noqa: PTH117


def _outputs(toml: Toml, tree: str) -> tuple[Target, ...]:
    found: list[Target] = []
    for text, at in toml.texts("output"):
        try:
            target = _output(toml, tree, target_of(text))
            together((*found, target))
        except UsageError as wrong:
            toml.error(str(wrong), *at)
        else:
            found.append(target)
    return tuple(found)


def _output(toml: Toml, tree: str, target: Target) -> Target:
    if not target.path:
        return target
    if target.format in PRINTED:
        raise UsageError(
            f"{target.format} is for people, and settings name files for programs alone; write "
            f"this one with -o {target.format}:{target.path}"
        )
    from flowfiles.writing import NotWrittenError, refuse_outside

    placed = Target(target.format, _beside(toml, target.path), tree)
    try:
        refuse_outside(tree, placed.path, OURS)
    except NotWrittenError as refused:
        raise UsageError(f"`{target.path}` cannot be written: {refused}") from None
    return placed
