"""Reads product policies: the shipped ones by name, others by path."""

import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from flowfiles.reach import STANDARD_INPUT
from flowmodel.record import replace
from flowmodel.source import Source, Span
from policies.conditions import VERSION, Conditions, Option
from policies.declarations import (
    check_kind,
    read_document,
    read_parameters,
    read_peers,
    read_roles,
)
from policies.flows import Known, read_alternative, read_flow, read_names, read_when
from policies.model import BUILT_IN_ENDS, Flow, Policy, Section
from policies.options import read_options
from policies.products import TITLES
from policies.requires import read_requires
from policies.rows import read_rows
from policies.schema import Names, did_you_mean, is_unread, items, keyed, name, record, text
from policies.yaml_nodes import Errors, Items, Node, Text, parse, read_source

PRODUCTS: Final = tuple(TITLES)
"""The product policies that come with fwlint; each is `policies/products/<name>.yaml`."""

POLICY_KEYS: Final = (
    "fwlint",
    "name",
    "title",
    "document",
    "sources",
    "requires",
    "roles",
    "peers",
    "versions",
    "options",
    "parameters",
    "sections",
    "not_covered",
    "rows",
)
SECTION_KEYS: Final = ("title", "when", "unless", "since", "until", "alternative", "flows")


def load_policy(name_or_path: str) -> Policy:
    """The shipped policy of that name, or the policy in that file.

    Raises InputErrors with everything that is wrong with it.
    """
    return shipped(name_or_path) if name_or_path in PRODUCTS else _loaded(name_or_path)


@cache
def shipped(name: str) -> Policy:
    """The policy that comes with fwlint under the name: read once, however many sites use it."""
    return _loaded(name)


def _loaded(name_or_path: str) -> Policy:
    errors = open_policy(name_or_path)
    policy = read_policy(errors)
    errors.stop_if_any()
    return policy


def is_shipped(path: str) -> bool:
    """Whether the path is the one by which places name a policy that comes with fwlint."""
    return path in map(_shown, PRODUCTS)


def _shown(product: str) -> str:
    return f"policies/products/{product}.yaml"


def open_policy(name_or_path: str) -> Errors:
    """The text of a policy that ships with fwlint or lies at the path."""
    if name_or_path in PRODUCTS:
        file = Path(__file__).with_name("products") / f"{name_or_path}.yaml"
        return read_source(str(file), _shown(name_or_path))
    is_file = name_or_path == STANDARD_INPUT or os.path.exists(name_or_path)  # noqa: PTH110
    if not re.search(r"[./\\]", name_or_path) and not is_file:
        errors = Errors(Source(name_or_path, []))
        hint = did_you_mean(name_or_path, PRODUCTS)
        errors.add(f"unknown policy `{name_or_path}`{hint}", Span(name_or_path, 1, 1, 1, 1))
        errors.stop()
    return read_source(name_or_path)


def read_policy(errors: Errors) -> Policy:
    """The policy of a text; what is wrong is noted in `errors`."""
    root = parse(errors)
    check_kind(errors, root, "policy/1")
    values = record(errors, root, "a policy", POLICY_KEYS, ("fwlint", "name", "roles", "sections"))
    sources = {
        name(errors, key, "a source"): text(errors, value, "a source")
        for key, value in keyed(errors, values.get("sources"), "`sources`")
    }
    roles = read_roles(errors, values.get("roles"))
    peers = read_peers(errors, values.get("peers"), roles, sources)
    options = read_options(errors, values.get("options"), roles, values.get("versions"))
    versions = options[VERSION].choices if "versions" in values and VERSION in options else ()
    parameters = read_parameters(errors, values.get("parameters"))
    machines = (*roles, *peers)
    rows = read_rows(errors, values.get("rows"), frozenset((*machines, "all")), sources, versions)
    facets = tuple(bound for role in roles.values() for bound in role.bound_names)
    known = Known(
        ends=Names(
            frozenset((*machines, *facets, *BUILT_IN_ENDS)),
            lambda _: any(is_unread(values.get(key)) for key in ("roles", "peers")),
        ),
        options=options,
        versions=versions,
        parameters=frozenset(parameters),
        fixed=frozenset(one.name for one in parameters.values() if one.is_fixed),
        sources=frozenset(sources),
        rows=frozenset(rows),
    )
    title = text(errors, values.get("title"), "title")
    requires = read_requires(errors, values.get("requires"), frozenset((*machines, *facets)))
    label = values.get("name")
    policy_name = name(errors, label, "a policy", ("site",)) if isinstance(label, Text) else ""
    if label is not None and not isinstance(label, Text):
        errors.add("name must be text", label.span)
    policy = Policy(
        name=policy_name,
        title=title or policy_name,
        source=errors.source,
        span=label.span if label else root.span,
        document=read_document(errors, values.get("document")),
        sources=sources,
        roles=roles,
        peers=peers,
        versions=versions,
        options=options,
        parameters=parameters,
        sections=read_sections(errors, values.get("sections"), known),
        rows=rows,
        not_covered=tuple(
            text(errors, one, "not_covered") for one in items(values.get("not_covered"))
        ),
        requires=requires,
    )
    for parameter, ports in policy.values().items():
        if policy.parameters[parameter].base and not ports.are_ports:
            message = (
                f"`{parameter}` is {ports.text} with the defaults, not a valid port (1 to 65535)"
            )
            errors.add(message, parameters[parameter].span)
    return policy


def read_sections(errors: Errors, node: Node | None, known: Known) -> tuple[Section, ...]:
    """The sections with their flows, which take over the sections' conditions."""

    def _read_end(errors: Errors, node: Node | None, _: str) -> tuple[str, ...]:
        return read_names(errors, node, "role or peer", known.ends)

    sections = []
    seen: dict[str, Flow] = {}
    if node is not None and not isinstance(node, Items):
        errors.add("`sections` must be a list", node.span)
        return ()
    for item in items(node):
        values = record(errors, item, "a section", SECTION_KEYS, ("title", "flows"))
        when, unless = read_when(errors, values, known)
        alternative = read_alternative(errors, values.get("alternative"))
        flows = []
        for one in items(values.get("flows")):
            flow = read_flow(errors, one, known, _read_end)
            if flow.id and flow.id in seen:
                line = seen[flow.id].span.line
                errors.add(f"duplicate flow `{flow.id}`; first defined on line {line}", flow.span)
            seen.setdefault(flow.id, flow)
            flow = _under(flow, when, unless, alternative)
            _check_conditions(errors, flow, known.options)
            flows.append(flow)
        title = text(errors, values.get("title"), "title")
        sections.append(Section(title, tuple(flows), when, unless, alternative))
    _check_alternatives(errors, sections)
    return tuple(sections)


def _check_alternatives(errors: Errors, sections: Iterable[Section]) -> None:
    """Note a choice that has one alternative only: that is none."""
    flows: dict[str, list[Flow]] = {}
    for section in sections:
        for flow in section.flows:
            if flow.alternative:
                flows.setdefault(flow.alternative[0], []).append(flow)
    for choice, several in flows.items():
        if len({flow.alternative for flow in several}) < 2:
            errors.add(f"choice `{choice}` has one alternative only", several[0].span)


def _check_conditions(errors: Errors, flow: Flow, options: Mapping[str, Option]) -> None:
    """Note a flow that no answers of a site make active, and an alternative that is not needed."""
    left: dict[str, set[str]] = {}
    for conditions, is_wanted in ((flow.when, True), (flow.unless, False)):
        for one in conditions:
            answers = left.setdefault(one.option, set(options[one.option].choices))
            answers -= {each for each in answers if (each in one.answers) != is_wanted}
    for option, answers in left.items():
        if not answers:
            errors.add(
                f"flow `{flow.id}` is never active: its conditions leave no answer to `{option}`",
                flow.span,
            )
    if flow.alternative and flow.need not in ("must", "should"):
        errors.add(f"an alternative cannot have `need: {flow.need}`", flow.span)


def _under(
    flow: Flow, when: Conditions, unless: Conditions, alternative: tuple[str, str] | None
) -> Flow:
    return replace(
        flow,
        when=tuple(dict.fromkeys((*when, *flow.when))),
        unless=tuple(dict.fromkeys((*unless, *flow.unless))),
        alternative=flow.alternative or alternative,
    )
