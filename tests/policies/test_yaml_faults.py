"""What is no YAML is told at its cause; what the hint says makes it YAML."""

from typing import Final

import pytest

from flowmodel.source import InputErrors
from policies.yaml_nodes import Errors, from_text, parse

_BEFORE: Final = "fwlint: site/1\n"
# The wrong text, what is said of it, and the text in which that is followed.
FAULTS: Final = {
    "a key without a colon": (
        "devices\n  web:\n    config: a\n",
        "2:1: there is no `: ` behind this key; write `devices:`",
        "devices:\n  web:\n    config: a\n",
    ),
    "a key and a value without a colon": (
        "d:\n    config a\n    host: b\n",
        "3:5: there is no `: ` behind this key; write `config: a`",
        "d:\n    config: a\n    host: b\n",
    ),
    "no space behind a colon": (
        "d:\n    config:a\n    host: b\n",
        "3:5: there is no `: ` behind this key; write `config: a`",
        "d:\n    config: a\n    host: b\n",
    ),
    "a comment between": (
        "d:\n    config:a\n\n    # more\n    host: b\n",
        "3:5: there is no `: ` behind this key; write `config: a`",
        "d:\n    config: a\n\n    # more\n    host: b\n",
    ),
    "an indent too far": (
        "d:\n   config: a\n    host: b\n",
        (
            "4:5: this line is indented by 4 spaces, and line 3 by 3; keys of one mapping have "
            "the same indent"
        ),
        "d:\n   config: a\n   host: b\n",
    ),
    "an indent too short": (
        "d:\n  web:\n    config: a\n   host: b\n",
        (
            "5:4: this line is indented by 3 spaces, and line 4 by 4; keys of one mapping have "
            "the same indent"
        ),
        "d:\n  web:\n    config: a\n    host: b\n",
    ),
    "text below its key": (
        "d: |\n    two words\n  config: a\n",
        (
            "4:3: this line is indented by 2 spaces, and line 3 by 4; keys of one mapping have "
            "the same indent"
        ),
        "d: |\n    two words\nconfig: a\n",
    ),
    "a key among list entries": (
        "d:\n  - a\n  b: c\n",
        "4:3: a list entry starts with `- `, and its other keys stand under its first one",
        "d:\n  - a\n  - b: c\n",
    ),
    "a key beside that of its list entry": (
        "d:\n  - a: b\n   c: d\n",
        "4:4: a list entry starts with `- `, and its other keys stand under its first one",
        "d:\n  - a: b\n    c: d\n",
    ),
    "a tab below a value": (
        "d: a\n\tconfig: a\n",
        "3:1: a tab cannot indent a line; indent with spaces",
        "d:\n  config: a\n",
    ),
    "a tab": (
        "d:\n\tconfig: a\n",
        "3:1: a tab cannot indent a line; indent with spaces",
        "d:\n  config: a\n",
    ),
    "an open quote": ('name: "home\nd: a\n', "2:7: this quote is not closed", 'name: "home"\n'),
    "an open list": (
        "d: [a, b\ne: c\n",
        "2:4: this `[` is not closed, or a `,` is missing in it",
        "d: [a, b]\ne: c\n",
    ),
    "an open mapping": (
        "d: {a: b\ne: c\n",
        "2:4: this `{` is not closed, or a `,` is missing in it",
        "d: {a: b}\ne: c\n",
    ),
    "two colons": (
        "name: home: sweet\n",
        "2:11: put text that contains `: ` in quotes",
        "name: 'home: sweet'\n",
    ),
    "a star": (
        "service: */tcp\n",
        "2:10: put text that starts with `*` in quotes",
        "service: '*/tcp'\n",
    ),
    "a percent sign": (
        "name: %home\n",
        "2:7: put text that starts with `%` in quotes",
        "name: '%home'\n",
    ),
    "a quote in quotes": (
        "name: 'it's'\n",
        "2:11: a value ends before this; put the whole value in quotes",
        'name: "it\'s"\n',
    ),
    "a list behind a key": (
        "config: - a\n",
        "2:9: a list stands on lines of its own, or as `[a, b]`",
        "config: [a]\n",
    ),
    "a list among keys": (
        "a: b\n- c\n",
        "3:1: a list entry cannot stand among keys",
        "a: b\nd:\n- c\n",
    ),
    "a backslash": (
        'path: "exports\\web"\n',
        "2:15: put text that contains a backslash in single quotes",
        "path: 'exports\\web'\n",
    ),
}


@pytest.mark.parametrize(("wrong", "message", "right"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_at_its_cause(wrong: str, message: str, right: str) -> None:
    errors = Errors(from_text("s.yaml", _BEFORE + wrong))
    with pytest.raises(InputErrors) as caught:
        parse(errors)
    (error,) = caught.value.errors
    assert f"{error.span}: {error.message}" == f"s.yaml:{message}".replace(
        ": ", ": not valid YAML: ", 1
    )
    assert error.text == (_BEFORE + wrong).splitlines()[error.span.line - 1]

    followed = Errors(from_text("s.yaml", _BEFORE + right))
    parse(followed)
    assert not followed.found
