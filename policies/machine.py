"""The site file that says the same as a command line about one machine."""

import re
from collections.abc import Iterator, Mapping, Sequence

from policies.model import Policy
from policies.places import WORDS

_INTERNET = WORDS[0]
Bindings = Mapping[str, Mapping[str, Sequence[str]]]


def site_text(
    loaded: Policy,
    roles: Sequence[str],
    bindings: Bindings,
    exports: Sequence[str],
    settings: Mapping[str, Sequence[str]],
    *,
    has_ipv6: bool,
    format_name: str,
) -> str:
    """The text of the site file; `settings` has what was given of each kind."""
    path = exports[0].replace("\\", "/").rstrip("/") if exports else ""
    name = path.rpartition("/")[2] or "firewall"
    behind = _by_name(settings["interfaces"])
    lines = [
        "fwlint: site/1",
        f"name: {_quoted(name)}",
        *_networks(behind),
        "devices:",
        f"  {_quoted(name)}:",
        f"    config: {_listed(exports)}",
        *([f"    format: {_quoted(format_name)}"] if format_name else []),
        f"    host: {_host(loaded, roles, bindings, _split(settings['addresses']))}",
        *([] if has_ipv6 else ["    ipv6: no"]),
        *_interfaces(behind),
        "use:",
        f"  {loaded.name}:",
        *_block("options", [one.partition("=") for one in settings["options"]]),
        *_block("parameters", [one.partition("=") for one in settings["parameters"]]),
        "    bind:",
        *_bindings(bindings),
    ]
    return "\n".join(lines) + "\n"


def bindings_of(
    loaded: Policy, roles: Sequence[str], bind: Sequence[str], addresses: Sequence[str]
) -> dict[str, dict[str, list[str]]]:
    """The addresses of each role and peer, by the names of its addresses; empty: any address.

    A role of the machine is at the machine's addresses, beside its own if it is bound to some.
    """
    bindings: dict[str, dict[str, list[str]]] = {}
    for name, values in _by_name(bind).items():
        base, _, facet = name.partition(".")
        bindings.setdefault(base, {})[facet] = values
    own = _split(addresses)
    for name in roles:
        known = loaded.roles.get(name)
        bound = bindings.setdefault(name, {})
        names = known.addresses if known else ()
        if "" in bound or not names or (own and set(names) <= bound.keys()):
            bound[""] = [*bound.get("", ()), *own]
        else:
            for facet in names:
                bound.setdefault(facet, own)
    return bindings


def _bindings(bindings: Bindings) -> Iterator[str]:
    for base, facets in bindings.items():
        if "" in facets:
            yield f"      {_quoted(base)}: {_listed(facets['']) if facets[''] else 'any'}"
            continue
        yield f"      {_quoted(base)}:"
        for facet, values in facets.items():
            yield f"        {_quoted(facet)}: {_listed(values) if values else 'any'}"


def _host(loaded: Policy, roles: Sequence[str], bindings: Bindings, own: Sequence[str]) -> str:
    """The roles of the machine, with its addresses where these roles are nowhere else."""
    named = _listed([f"{loaded.name}.{one}" for one in roles])
    if not own or any(each != own for role in roles for each in bindings[role].values()):
        return named
    return f"{{role: {named}, address: {_listed(own)}}}"


def _split(values: Sequence[str]) -> list[str]:
    return [one for each in values for one in each.split(",")]


def ambiguous(bindings: Bindings) -> list[str]:
    """The roles that have addresses of their own beside those that have a name."""
    return [base for base, facets in bindings.items() if "" in facets and len(facets) > 1]


def _by_name(settings: Sequence[str]) -> dict[str, list[str]]:
    """The values of each name, those of a name that is given more than once together."""
    found: dict[str, list[str]] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        found.setdefault(name, []).extend(one.strip() for one in value.split(","))
    return found


def _networks(behind: Mapping[str, Sequence[str]]) -> list[str]:
    """The networks behind the interfaces, each named after its interface."""
    named = {
        _network(name): [one for one in values if one != _INTERNET]
        for name, values in behind.items()
    }
    lines = [f"  {name}: {_listed(values)}" for name, values in named.items() if values]
    return ["networks:", *lines] if lines else []


def _interfaces(behind: Mapping[str, Sequence[str]]) -> list[str]:
    lines = []
    for name, values in behind.items():
        networks = [_INTERNET] if _INTERNET in values else []
        networks += [_network(name)] if set(values) - {_INTERNET} else []
        lines.append(f"      {_quoted(name)}: {_listed(networks)}")
    return ["    interfaces:", *lines] if lines else []


def _network(interface: str) -> str:
    """The name of the network behind an interface; names of networks have no dots."""
    return re.sub(r"[^a-z0-9-]", "-", interface.lower())


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
