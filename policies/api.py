"""Loads a site: from its file, or from what the command line says about one machine."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from flowfiles.reach import TYPED, Reach
from flowmodel.record import replace
from flowmodel.site import Site
from flowmodel.source import COMMAND_LINE, Span
from policies.addresses import parse_addresses
from policies.bind import bind
from policies.loader import PRODUCTS, load_policy
from policies.model import Policy
from policies.schema import did_you_mean
from policies.site_file import read_site
from policies.yaml_nodes import Errors, from_text, read_source


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
    addresses: Sequence[str] = (),
    interfaces: Sequence[str] = (),
    has_ipv6: bool = True,
    format_name: str = "",
) -> Site:
    """The site of one machine, whose own firewall the exports are; without a site file.

    `policy` is the name or the path of a policy; `role` one role or several with commas. Options,
    parameters, bindings and interfaces are `name=value`. The value of a binding or an interface
    can be a list with commas, and those of one name add up. A role that is not bound is at the
    machine's addresses, or at any. A peer that is not bound can be anywhere: its flows are
    permitted (`may`) but not required, and a problem says so. Raises InputErrors.
    """
    from policies.machine import ambiguous, bindings_of, site_text

    roles = [one.strip() for one in role.split(",")]
    settings = {
        "options": options,
        "parameters": parameters,
        "interfaces": interfaces,
        "addresses": addresses,
    }
    # It is read once: it may be a pipe.
    loaded = load_policy(policy)
    _refuse_unknown(loaded, roles, addresses)
    bindings = bindings_of(loaded, roles, bind_names, addresses)
    text = site_text(
        loaded, roles, bindings, exports, settings, has_ipv6=has_ipv6, format_name=format_name
    )
    errors = Errors(from_text(COMMAND_LINE, text))
    for base in ambiguous(bindings):
        message = f"`{base}` has several addresses; give each of them by its name, and no others"
        errors.add(message, Span(COMMAND_LINE, 1, 1, 1, 1))
    errors.stop_if_any()
    if policy not in PRODUCTS and loaded.name in PRODUCTS:
        message = f"{policy} defines policy `{loaded.name}`, which already exists"
        errors.add(message, loaded.span)
        errors.stop()
    site = read_site(errors, TYPED, {} if policy in PRODUCTS else {loaded.name: loaded})
    errors.stop_if_any()
    bound = bind(site, _today(), machines=tuple(roles))
    return replace(bound, sources=tuple(one for one in bound.sources if one.path != COMMAND_LINE))


def _refuse_unknown(loaded: Policy, roles: Sequence[str], addresses: Sequence[str]) -> None:
    """Raise InputErrors for roles and addresses that are none, which the site names many times."""
    errors, place = Errors(from_text(COMMAND_LINE, "")), Span(COMMAND_LINE, 1, 1, 1, 1)
    known = {name for each in loaded.roles.values() for name in (each.name, *each.bound_names)}
    for name in roles:
        if name not in known:
            errors.add(f"unknown role `{name}`{did_you_mean(name, known)}", place)
    for word in (one.strip() for each in addresses for one in each.split(",")):
        try:
            parse_addresses(word)
        except ValueError as error:
            from policies.spellings import addresses_meant, hinted

            errors.add(f"--address: {hinted(str(error), addresses_meant(word))}", place)
    errors.stop_if_any()


def _today() -> date:
    return datetime.now(UTC).astimezone().date()
