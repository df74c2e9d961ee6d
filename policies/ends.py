"""What the names at the ends of flows stand for at a site: roles, peers, networks, the internet."""

from collections.abc import Iterable, Iterator
from typing import Literal

from flowmodel.addresses import EVERYWHERE, Addresses
from flowmodel.fields import FAMILIES
from flowmodel.record import dataclass, replace
from flowmodel.site import OWN, End
from flowmodel.values import size
from policies.addresses import (
    NOWHERE,
    globally_reachable,
    host_addresses,
    parse_addresses,
)
from policies.model import Policy, Role, names_of
from policies.places import Where
from policies.site_file import SiteFile
from policies.uses import Use


@dataclass(frozen=True, slots=True)
class Bound:
    """The ends that a name stands for; none where the site says so, or says nothing."""

    name: str
    ends: tuple[End, ...] = ()
    state: Literal["bound", "none", "unbound"] = "bound"


class Ends:
    """The meaning of every name at one site, or on the machine of the roles `machines`."""

    def __init__(self, site: SiteFile, machines: tuple[str, ...] = ()) -> None:
        self.site = site
        self.machines = machines
        networks = NOWHERE
        for one in site.networks.values():
            networks |= one
        wheres = [where for use in site.uses.values() for where in _of_roles(use)]
        wheres += site.roles.values()
        self.outside = EVERYWHERE - networks
        """Every address in no network of the site."""
        reachable = self.outside & globally_reachable()
        own = _hosts((each.addresses for each in wheres), reachable)
        hosts = own | _hosts((each.public for each in wheres), reachable - own)
        # A machine of the product is not "the internet" to another, even where no network has it.
        self.internet = reachable - hosts
        self.senders, self.strangers = self.outside - own, self.outside - hosts
        self.anywhere = networks | hosts | reachable

    def of_word(self, word: str, name: str) -> End:
        """The end that `internet` or `any` is, under another name if a peer stands for it."""
        if word == "internet":
            return End(name, "internet", self.internet, wide=self.outside)
        return End(name, "any", self.anywhere, wide=EVERYWHERE)

    def forbidden(self, pair: tuple[End, End]) -> tuple[End, End]:
        """The ends of a flow that must never be: on the internet, none of them is a role's machine.

        A public address sends nothing by itself: who seems to come from there is a stranger.
        """
        source, target = pair
        if source.kind == "internet":
            source = replace(source, wide=source.wide & self.senders)
        if target.kind == "internet":
            target = replace(target, wide=target.wide & self.strangers)
        return source, target

    def of_where(self, name: str, where: Where, kind: Literal["role", "peer"]) -> tuple[End, ...]:
        """The ends of one binding: its addresses, and the words in it."""
        if where.machines:
            each = (end for one in where.machines for end in self.of_where(name, one, kind))
            return tuple(replace(end, is_machine=True) for end in each)
        ends = []
        if where.addresses:
            its = where.addresses
            end = End(name, kind, its, where.public, where.span, its, published=where.published)
            ends.append(end)
        if where.is_internet:
            ends.append(replace(self.of_word("internet", name), span=where.span))
        if where.is_any and kind == "role":
            ends.append(End(name, "role", host_addresses(), span=where.span, wide=EVERYWHERE))
        elif where.is_any:
            ends.append(replace(self.of_word("any", name), span=where.span))
        return tuple(ends)

    def of_name(self, use: Use, name: str) -> tuple[Bound, ...]:
        """What a name in a policy's flow stands for; a role with several addresses is several."""
        policy = use.policy
        if name in ("internet", "any"):
            return (Bound(name, (self.of_word(name, name),)),)
        if name == "all":
            return tuple(self.of_node(use, role) for role in policy.roles.values())
        role = policy.roles.get(name)
        if role is not None and role.addresses:
            return tuple(self.of_bound(use, bound) for bound in role.bound_names)
        return (self.of_bound(use, name),)

    def of_node(self, use: Use, role: Role) -> Bound:
        """A role as one of `all`: reached at its first address, and permitted at the others."""
        bounds = [self.of_bound(use, name) for name in role.bound_names]
        bound = [one for one in bounds if one.state == "bound"]
        if len(bound) < 2:
            return bound[0] if bound else bounds[0]
        wide = NOWHERE
        for one in bound:
            for end in one.ends:
                wide |= end.wide
        return Bound(bound[0].name, tuple(replace(end, wide=wide) for end in bound[0].ends))

    def of_bound(self, use: Use, name: str) -> Bound:
        """What one bound name stands for."""
        policy = use.policy
        label = f"{policy.name}.{name}"
        where = use.bind.get(name)
        peer = policy.peers.get(name)
        if where is not None and where.is_none:
            return Bound(label, (), "none")
        if where is not None:
            kind: Literal["role", "peer"] = "role" if peer is None else "peer"
            return Bound(label, self.of_where(label, where, kind))
        # A peer known by name has addresses that nobody knows: only what lets the whole
        # internet be reached, or a name in the firewall, is sure to let it be reached.
        if peer is not None and (peer.default == "internet" or peer.fqdn):
            return Bound(label, (self.of_word("internet", label),))
        anywhere = (self.of_word("any", label),) if self.machines else ()
        return Bound(label, anywhere, "unbound")

    def is_machine(self, end: End) -> bool:
        """Whether the end is a role of the one machine that is checked."""
        return end.kind == "role" and end.name.split(".")[1] in self.machines

    def of_place(self, text: str) -> tuple[End, ...]:
        """The ends of a network, an address, a word or a role of a policy (`leap.webapp`)."""
        if text in ("internet", "any"):
            return (self.of_word(text, text),)
        if text in self.site.networks:
            addresses = self.site.networks[text]
            return (End(text, "peer", addresses, wide=addresses),)
        policy, _, name = text.partition(".")
        if policy == OWN and name in self.site.roles:
            return self.of_where(text, self.site.roles[name], "role")
        if policy in self.site.uses and name in names_of(self.site.uses[policy].policy):
            bounds = self.of_name(self.site.uses[policy], name)
            return tuple(end for bound in bounds for end in bound.ends)
        addresses = parse_addresses(text)
        return (End(text, "peer", addresses, wide=addresses),)

    def roles(self) -> tuple[End, ...]:
        """Every bound role of every policy, and the site's own."""
        own = tuple(end for name in self.site.roles for end in self.of_place(f"{OWN}.{name}"))
        return own + tuple(
            end
            for use in self.site.uses.values()
            for name in _role_names(use.policy)
            for bound in (self.of_bound(use, name),)
            if bound.state == "bound"
            for end in bound.ends
        )


def _hosts(several: Iterable[Addresses], strangers: Addresses) -> Addresses:
    """Those of the addresses that are machines' own, so that some of the strangers are left.

    A role at 0.0.0.0/0 says of nobody who he is: all of them stay strangers.
    """
    found = NOWHERE
    for addresses in sorted(several, key=lambda each: size(each.v4) + size(each.v6)):
        with_it = found | addresses
        v4, v6 = (
            each.of(family)
            for family in FAMILIES
            for each in (with_it if (strangers - with_it).of(family) else found,)
        )
        found = Addresses(v4, v6)
    return found


def _of_roles(use: Use) -> Iterator[Where]:
    """Where the roles of a policy are bound to, under all their names."""
    for name, where in use.bind.items():
        if name.partition(".")[0] in use.policy.roles:
            yield where


def _role_names(policy: Policy) -> Iterator[str]:
    return (bound for role in policy.roles.values() for bound in role.bound_names)
