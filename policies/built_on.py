"""Uses of the policies that others build on: they come with them, and are bound like them."""

from collections.abc import Callable, Iterable

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

    What the site itself says of such a policy counts; the other policy fills in what is left.
    """
    found = dict(uses)
    waiting = list(uses.values())
    while waiting:
        use = waiting.pop(0)
        for required in use.policy.requires.values():
            own = found.get(required.policy)
            policy = own.policy if own else load(required.policy)
            if policy is None:
                errors.add(
                    f"policy `{use.policy.name}` builds on `{required.policy}`, which is unknown",
                    use.span,
                )
                continue
            if own is None:
                own = Use(policy, use.span)
                waiting.append(own)
            _check(errors, use, required, policy)
            found[required.policy] = _filled(own, use, required)
            waiting = [found[required.policy] if one is own else one for one in waiting]
    return found


def _filled(own: Use, use: Use, required: Required) -> Use:
    filled = {}
    for name, ours in required.bind.items():
        places = [use.bind[one] for one in ours if one in use.bind]
        if name not in own.bind and places:
            filled[name] = joined(places, use.span)
    return replace(
        own,
        bind=own.bind | filled,
        filled=own.filled | filled.keys(),
        options=required.options | own.options,
    )


def _check(errors: Errors, use: Use, required: Required, policy: Policy) -> None:
    """Note what the policy that it builds on does not have."""
    for name in required.bind:
        if name not in (known := names_of(policy)):
            hint = did_you_mean(name, known)
            errors.add(
                f"policy `{use.policy.name}` binds `{policy.name}.{name}`, which is unknown{hint}",
                use.span,
            )
    for name, answer in required.options.items():
        option = policy.options.get(name)
        if option is None or answer not in option.choices:
            errors.add(
                f"policy `{use.policy.name}` answers `{name}: {answer}` to `{policy.name}`, "
                "which has no such option or answer",
                use.span,
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
