"""`fwlint policy new`, `import` and `draft`: policies that a person completes."""

import os
import sys
from argparse import Namespace
from collections.abc import Iterator

from fwlint.errors import UsageError
from linter.commands.output import Target, ask, write
from policies.drafts.skeleton import Draft, draft_text, name_for
from policies.loader import read_policy
from policies.yaml_nodes import Errors, from_text


def new(arguments: Namespace) -> int:
    """Writes the policy of the command line, or of a person's answers; returns the exit status."""
    from policies.drafts.words import from_words

    roles, flows, title = arguments.role, arguments.flow, arguments.title
    if not roles and not flows:
        if not sys.stdin.isatty():
            raise UsageError("give at least one --role and one --flow")
        title = title or _answer("Title of the product: ")
        roles = list(_answers("A role, as in `web=Web server` (empty: no more): "))
        flows = list(_answers("A flow, as in `users > web 443/tcp` (empty: no more): "))
    try:
        drawn = from_words(arguments.name, title, roles, flows)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return _put(drawn, arguments.output)


def import_services(arguments: Namespace) -> int:
    """Writes the policy of services that files describe; returns the exit status."""
    from policies.drafts.services import import_services as imported

    return _put(imported(arguments.paths, arguments.name, arguments.only), arguments.output)


def draft(arguments: Namespace) -> int:
    """Writes the policy that a vendor's page is the document of; returns the exit status."""
    from policies.drafts.page import draft_page

    name = arguments.name
    if name and name != name_for(name):
        raise UsageError(f"`{name}` is not a valid name for a policy; write `{name_for(name)}`")
    return _put(draft_page(arguments.path, name), arguments.output)


def _put(drawn: Draft, path: str) -> int:
    """Write a draft, which has to be a policy."""
    text = draft_text(drawn)
    errors = Errors(from_text(path or "the policy", text))
    read_policy(errors)
    errors.stop_if_any()
    if path and os.path.lexists(path):
        raise UsageError(f"{path} is not written: it exists")
    write(Target("policy", path), text)
    return 0


def _answer(question: str) -> str:
    ask(question)
    return sys.stdin.readline().strip()


def _answers(question: str) -> Iterator[str]:
    while answer := _answer(question):
        yield answer
