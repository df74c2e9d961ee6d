"""Loads a site: from its file, or from what the command line says about one machine."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime

from flowfiles.reach import TYPED, Reach
from flowmodel.site import Site
from policies.bind import bind
from policies.loader import PRODUCTS, load_policy
from policies.model import Policy
from policies.site_file import read_site
from policies.yaml_nodes import Errors, from_text, read_source

COMMAND_LINE = "command line"
"""The path that spans have when there is no site file."""


def load_site(
    path: str,
    today: date | None = None,
    *,
    reach: Reach = TYPED,
    check: Callable[[str], None] | None = None,
) -> Site:
    """The site of a file, with every flow of its policies bound.

    Raises InputErrors with everything that is wrong with the file and its policies. Waivers that
    ended before `today` (by default the day here) are problems, not waivers. The file is in the
    reach, and what it names has to be in its own tree. `check` sees the beginning of its text.
    """
    errors = read_source(path, reach=reach, check=check)
    site = read_site(errors, reach.below(path))
    errors.stop_if_any()
    return bind(site, today or _today())


def quick_site(
    policy: str,
    role: str,
    exports: Sequence[str],
    *,
    options: Sequence[str] = (),
    parameters: Sequence[str] = (),
    bind_names: Sequence[str] = (),
    format_name: str = "",
) -> Site:
    """The site of one machine, whose own firewall the exports are; without a site file.

    `policy` is the name or the path of a policy; `role` one role or several with commas. Options,
    parameters and bindings are `name=value`; a binding's value can be a list with commas. A role
    that is not bound is at any address. A peer that is not bound can be anywhere: its flows are
    permitted (`may`) but not required, and a problem says so. Raises InputErrors.
    """
    roles = [one.strip() for one in role.split(",")]
    settings = {"options": options, "parameters": parameters, "bind": bind_names}
    # It is read once: it may be a pipe.
    loaded = load_policy(policy)
    text = _site_text(loaded, roles, exports, settings, format_name)
    errors = Errors(from_text(COMMAND_LINE, text))
    if policy not in PRODUCTS and loaded.name in PRODUCTS:
        message = f"{policy} defines policy `{loaded.name}`, which already exists"
        errors.add(message, loaded.span)
        errors.stop()
    site = read_site(errors, TYPED, {} if policy in PRODUCTS else {loaded.name: loaded})
    errors.stop_if_any()
    return bind(site, _today(), machines=tuple(roles))


def _today() -> date:
    return datetime.now(UTC).astimezone().date()


def _site_text(
    loaded: Policy,
    roles: Sequence[str],
    exports: Sequence[str],
    settings: Mapping[str, Sequence[str]],
    format_name: str,
) -> str:
    """The site file that says the same as the command line."""
    bindings: dict[str, dict[str, str]] = {}
    for setting in settings["bind"]:
        name, _, value = setting.partition("=")
        base, _, facet = name.partition(".")
        bindings.setdefault(base, {})[facet] = _listed(value.split(","))
    for name in roles:
        known = loaded.roles.get(name)
        bound = bindings.setdefault(name, {})
        for facet in known.addresses if known else ():
            bound.setdefault(facet, "any")
        if not bound:
            bound[""] = "any"
    path = exports[0].replace("\\", "/").rstrip("/") if exports else ""
    name = path.rpartition("/")[2] or "firewall"
    lines = [
        "fwlint: site/1",
        f"name: {_quoted(name)}",
        "devices:",
        f"  {_quoted(name)}:",
        f"    config: {_listed(exports)}",
        *([f"    format: {_quoted(format_name)}"] if format_name else []),
        f"    host: {_listed([f'{loaded.name}.{one}' for one in roles])}",
        "use:",
        f"  {loaded.name}:",
        *_block("options", [one.partition("=") for one in settings["options"]]),
        *_block("parameters", [one.partition("=") for one in settings["parameters"]]),
        "    bind:",
    ]
    for base, bound in bindings.items():
        if "" in bound:
            lines.append(f"      {_quoted(base)}: {bound['']}")
            continue
        lines.append(f"      {_quoted(base)}:")
        lines += [f"        {_quoted(facet)}: {value}" for facet, value in bound.items()]
    return "\n".join(lines) + "\n"


def _block(key: str, settings: Sequence[tuple[str, str, str]]) -> list[str]:
    if not settings:
        return []
    lines = [f"      {_quoted(name)}: {_quoted(value)}" for name, _, value in settings]
    return [f"    {key}:", *lines]


def _listed(values: Sequence[str]) -> str:
    return "[" + ", ".join(_quoted(one.strip()) for one in values) + "]"


def _quoted(text: str) -> str:
    """The text as YAML: bare where that is safe, so that messages show what the user wrote."""
    if re.fullmatch(r"[A-Za-z0-9_./$][A-Za-z0-9_./$-]*", text):
        return text
    return "'" + text.replace("'", "''") + "'"
