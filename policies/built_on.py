"""Uses of the policies that others build on: they come with them, and are bound like them."""

from collections.abc import Callable, Iterable, Iterator

from flowmodel.addresses import Addresses, machines, together
from flowmodel.record import replace
from flowmodel.source import Span
from flowmodel.values import size
from policies.model import Policy, Required, names_of
from policies.places import Where
from policies.schema import did_you_mean
from policies.uses import Use
from policies.yaml_nodes import Errors


def with_required(
    errors: Errors, uses: dict[str, Use], load: Callable[[str], Policy | None]
) -> dict[str, Use]:
    """The uses of a site, with those of the policies that its policies build on.

    What the site itself says of such a policy counts; the others fill in what is left, all of
    them together.
    """
    own = _with_policies(errors, uses, load)
    found = own
    # Each round fills in what the round before has found, one policy further down.
    for _ in own:
        found = {name: _filled(use, found) for name, use in own.items()}
    for use in found.values():
        _check_answers(errors, own[use.policy.name], found)
    return found


def _with_policies(
    errors: Errors, uses: dict[str, Use], load: Callable[[str], Policy | None]
) -> dict[str, Use]:
    """The uses of all policies that count, as far as the site itself has something to say."""
    found = dict(uses)
    waiting = list(uses.values())
    while waiting:
        use = waiting.pop(0)
        for required in use.policy.requires.values():
            policy = found[required.policy].policy if required.policy in found else None
            policy = policy or load(required.policy)
            if policy is None:
                message = f"policy `{use.policy.name}` builds on an unknown one"
                errors.add(f"{message}, `{required.policy}`", use.span)
                continue
            for message in misnamed(use.policy, required, policy):
                errors.add(message, use.span)
            if required.policy not in found:
                found[required.policy] = Use(policy, use.span)
                waiting.append(found[required.policy])
    return found


def _requiring(name: str, found: dict[str, Use]) -> list[tuple[Use, Required]]:
    """What builds on a policy, and how."""
    uses = ((use, use.policy.requires.get(name)) for use in found.values())
    return [(use, required) for use, required in uses if required is not None]


def _filled(own: Use, found: dict[str, Use]) -> Use:
    """What the site says of a policy, and what all those that build on it say beside that."""
    options: dict[str, str] = {}
    places: dict[str, list[Where]] = {}
    for use, required in _requiring(own.policy.name, found):
        options |= required.options
        for name, ours in required.bind.items():
            known = (use.bind[bound] for one in ours for bound in _bound(use, one))
            if name not in own.bind:
                places.setdefault(name, []).extend(known)
    filled = {name: joined(its, own.span) for name, its in places.items() if its}
    return replace(
        own, bind=own.bind | filled, filled=frozenset(filled), options=options | own.options
    )


def _bound(use: Use, name: str) -> Iterator[str]:
    """What the site binds of a role or peer: all addresses of a role that has several."""
    role = use.policy.roles.get(name)
    names = role.bound_names if role else (name,)
    return (each for each in names if each in use.bind)


def _check_answers(errors: Errors, own: Use, found: dict[str, Use]) -> None:
    """Note an option that policies answer differently for another one, and the site does not."""
    said: dict[str, tuple[str, str]] = {}
    for use, required in _requiring(own.policy.name, found):
        for name, answer in required.options.items():
            other, before = said.setdefault(name, (use.policy.name, answer))
            if answer != before and name not in own.options:
                errors.add(
                    f"`{other}` and `{use.policy.name}` answer `{name}` of `{own.policy.name}` "
                    f"differently; answer it under `use:` of `{own.policy.name}`",
                    own.span,
                )


def misnamed(policy: Policy, required: Required, other: Policy) -> Iterator[str]:
    """What a policy says of the one that it builds on and that this does not have, in words."""
    known = names_of(other)
    for name in required.bind:
        if name not in known:
            hint = did_you_mean(name, known)
            yield f"policy `{policy.name}` binds `{other.name}.{name}`, which is unknown{hint}"
    for name, answer in required.options.items():
        option = other.options.get(name)
        if option is None or answer not in option.choices:
            yield (
                f"policy `{policy.name}` answers `{name}: {answer}` to `{other.name}`, "
                "which has no such option or answer"
            )


def _machines(place: Where) -> tuple[Where, ...]:
    """The machines of a place; nothing where they are too many, or share public addresses.

    Of several addresses each is taken for a machine, as nobody says which are of one.
    """
    own = place.addresses
    if place.machines or max(size(own.v4), size(own.v6)) <= 1:
        return place.machines or (place,)
    alone = (machines(Addresses(v4=own.v4)), machines(Addresses(v6=own.v6)))
    if place.public or bool(own.v4) > bool(alone[0]) or bool(own.v6) > bool(alone[1]):
        return ()
    return tuple(replace(place, addresses=one) for several in alone for one in several)


def joined(places: Iterable[Where], span: Span) -> Where:
    """One place that is all of several; a place that is `none` adds nothing."""
    several = [one for one in places if not one.is_none]
    if not several:
        return Where(span, is_none=True)
    if len(several) == 1:
        return several[0]
    told = [_machines(one) for one in several]
    has_machines = any(one.machines for one in several) and all(told)
    # A machine that has two roles is one, also where one of them is bound to fewer addresses.
    every = [each for its in told for each in its]
    known = {each.addresses for each in every if each.addresses}
    apart = {
        (own, each.is_internet, each.is_any): each
        for each in every
        if not (own := each.addresses) or not any(own != it and not own - it for it in known)
    }
    return Where(
        several[0].span,
        together(one.addresses for one in several),
        together(one.public for one in several),
        is_internet=any(one.is_internet for one in several),
        is_any=any(one.is_any for one in several),
        machines=tuple(apart.values()) if has_machines else (),
        published=tuple(each for one in several for each in one.published),
    )
