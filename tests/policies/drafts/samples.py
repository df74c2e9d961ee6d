"""A page as a file, its policy, and the flows of that in one line each."""

from pathlib import Path

from policies.coverage import uncited
from policies.drafts.page import draft_page
from policies.drafts.skeleton import draft_text
from policies.loader import read_policy
from policies.model import Flow, Policy
from policies.yaml_nodes import Errors, from_text


def drafted(folder: Path, text: str, ending: str = "md") -> Policy:
    """The policy of a page, which is read again and proved."""
    path = folder / f"page.{ending}"
    path.write_text(text, encoding="utf-8")
    errors = Errors(from_text("draft", draft_text(draft_page(str(path)))))
    policy = read_policy(errors)
    errors.stop_if_any()
    assert uncited(policy) == ()
    return policy


def _line(policy: Policy, flow: Flow) -> str:
    """A flow in one line: `7: web > db 443/tcp ?from` has a guessed `from`."""
    (row,) = flow.rows
    way = "<>" if flow.is_either else ">"
    ends = f"{','.join(flow.sources)} {way} {','.join(flow.targets)}"
    services = " ".join(pattern.text for pattern in flow.services)
    guessed = f" ?{','.join(flow.inferred)}" if flow.inferred else ""
    never = " never" if flow.need == "never" else ""
    return f"{policy.rows[row].line}: {ends} {services}{guessed}{never}"


def flow_lines(policy: Policy) -> list[str]:
    return [_line(policy, flow) for flow in policy.flows]
