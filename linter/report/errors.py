"""What could not be read, for people: the message, its place, and the line with a caret."""

from flowmodel.source import InputError
from linter.report.excerpt import excerpt
from linter.report.visible import visible


def render_error(error: InputError) -> str:
    """`path:line:column: message`, then the line and a caret where there is one to show."""
    headline = f"{visible(str(error.span))}: {visible(error.message)}"
    if not error.text:
        return headline
    shown = excerpt(error.text, error.span)
    return f"{headline}\n  {shown.line}\n  {' ' * shown.indent}{'^' * shown.carets}"
