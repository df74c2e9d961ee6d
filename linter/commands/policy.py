"""`fwlint policy`: lists, shows and checks product policies, and prints their schema."""

from collections.abc import Iterator, Sequence

import policies
from flowmodel.finding import Finding
from flowmodel.record import replace
from flowmodel.site import Site
from flowmodel.source import InputError, InputErrors, Source
from fwlint.errors import UsageError
from linter.checks.evaluation import evaluate
from linter.commands.output import LISTS, complain, complain_of, say, say_json
from linter.report.errors import render_error
from linter.report.visible import visible
from policies.built_on import misnamed
from policies.coverage import conditional, uncited
from policies.model import Policy
from policies.products import TITLES
from policies.schema import did_you_mean


def list_policies(output_format: str = "text") -> int:
    """Prints the policies that come with fwlint; returns the exit status."""
    if output_format == "json":
        listed = [{"name": name, "title": title} for name, title in TITLES.items()]
        say_json({"version": LISTS, "policies": listed}, indent=2)
        return 0
    width = max(map(len, TITLES))
    for name, title in TITLES.items():
        say(f"{name:<{width}}  {title}")
    return 0


def show(name: str, output_format: str = "text", sections: Sequence[str] = ()) -> int:
    """Prints a policy, or some sections of it, as a table of ports or as a picture.

    Returns the exit status.
    """
    try:
        policy = policies.load_policy(name)
    except InputErrors as raised:
        complain_of(raised.errors)
        return 2
    if sections:
        policy = _only(policy, sections)
    say(_rendered(policy, output_format).removesuffix("\n"))
    return 0


def _only(policy: Policy, titles: Sequence[str]) -> Policy:
    """The policy with the sections of these titles alone; raises UsageError for an unknown one."""
    known = {section.title.lower(): section for section in policy.sections}
    for title in titles:
        if title.lower() not in known:
            hint = did_you_mean(title, (section.title for section in policy.sections))
            raise UsageError(f"{policy.name} has no section `{title}`{hint}")
    chosen = {title.lower() for title in titles}
    return replace(
        policy, sections=tuple(each for each in policy.sections if each.title.lower() in chosen)
    )


def _rendered(policy: Policy, output_format: str) -> str:
    if output_format == "text":
        from linter.report.policy_table import render_policy

        return render_policy(policy)
    from linter.report.diagram.connections import connections

    found = connections(policy)
    if output_format == "svg":
        from linter.report.diagram.svg import render_svg

        return render_svg(found)
    from linter.report.diagram.mermaid import render_mermaid

    return render_mermaid(found)


def check(paths: Sequence[str], *, only_policies: bool = False) -> int:
    """Prints what of its document each policy does not reproduce; returns the exit status.

    `only_policies`: whether files that do not say that they are policies are passed over.
    """
    status = 0
    for path in paths:
        if only_policies and not _says_policy(path):
            complain(f"{path}: no policy; passed over")
            continue
        try:
            policy = policies.load_policy(path)
        except InputErrors as raised:
            complain_of(raised.errors)
            status = 2
            continue
        wrong = [*_misnamed(policy)]
        complain_of(wrong)
        status = 2 if wrong else status
        # A policy by itself is a site that has nothing but what the policy gets wrong.
        site = Site(policy.name, {}, (), (), (), problems=uncited(policy))
        problems = evaluate(site, {}, asked={"FW509"}.__contains__).findings
        for problem in problems:
            say(render_error(_error(problem, policy.source)))
            say(f"  = help: {visible(problem.remedy)}")
        status = max(status, int(bool(problems)))
        flows = sum(1 for _ in policy.flows)
        outcome = _count(len(problems), "problem") if problems else _covered(policy)
        if not policy.rows:
            outcome = "no document rows to compare with"
        say(f"{policy.name}: {_count(flows, 'flow')}, {_count(len(policy.rows), 'row')}: {outcome}")
    return status


def _covered(policy: Policy) -> str:
    """What is proved: of a row whose flows have conditions, no cell says that it has any."""
    some = len(conditional(policy))
    more = f", {some} of them only with some answers to options" if some else ""
    return f"every row is covered{more}"


def _says_policy(path: str) -> bool:
    from parsers.shared.reading import beginning

    try:
        return policies.begins_policy(beginning(path))
    except InputError:
        # The name of a policy that comes with fwlint, or a file whose error tells what it is.
        return True


def _misnamed(policy: Policy) -> Iterator[InputError]:
    """What it says wrongly of the policies that it builds on, as far as they ship."""
    for required in policy.requires.values():
        if required.policy not in policies.PRODUCTS:
            say(f"{policy.name}: `{required.policy}`, on which it builds, was not looked at")
            continue
        for message in misnamed(policy, required, policies.load_policy(required.policy)):
            text = policy.source.lines[required.span.line - 1]
            yield InputError(message, required.span, text)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _error(problem: Finding, source: Source) -> InputError:
    text = source.lines[problem.span.line - 1]
    return InputError(f"{problem.level}[{problem.check}]: {problem.message}", problem.span, text)


def schema() -> int:
    """Prints the JSON Schema of policy and site files; returns the exit status."""
    from policies.json_schema import json_schema

    say_json(json_schema(), indent=2)
    return 0
