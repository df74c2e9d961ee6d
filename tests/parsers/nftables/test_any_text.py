"""Whatever a file says, the parser gives a rule set or one error with a place in the file."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from flowmodel.source import InputError, Source
from parsers.nftables.read import parse
from parsers.shared.context import Context
from tests import ROOT

FIXTURES = ROOT / "fixtures" / "nftables"
TEXTS = [
    path.read_text(encoding="utf-8")
    for path in sorted(FIXTURES.glob("*/*"))
    if path.suffix in (".nft", ".conf")
]
JSON = [path.read_text(encoding="utf-8") for path in sorted(FIXTURES.glob("*/*.json"))]
WORDS = sorted({word for text in TEXTS for word in text.split()} | set('{};,"\\$#:.-@!=&|()*'))


def judge(text: str) -> None:
    """Raises whatever is no InputError, or an error without a place in the file."""
    source = Source("a.nft", text.split("\n"))
    found: InputError | None = None
    try:
        parse(source, Context())
    except InputError as error:
        found = error
    if found and found.span.path == "a.nft":
        assert found.message
        assert 1 <= found.span.line <= len(source.lines)
        assert 1 <= found.span.column <= len(source.lines[found.span.line - 1]) + 1


@given(st.text())
def test_any_text(text: str) -> None:
    judge(text)


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
@example('table ip t { chain c { log prefix "')
def test_any_words(text: str) -> None:
    judge(text)
    judge(f"table inet t {{\nchain c {{\n{text}\n}}\n}}")


@given(st.sampled_from(TEXTS), st.data())
def test_any_file_cut_short_or_damaged(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    judge(text[:at])
    judge(text[:at] + data.draw(st.sampled_from(WORDS)) + text[at + 1 :])


@given(st.sampled_from(JSON), st.data())
def test_any_json_cut_short(text: str, data: st.DataObject) -> None:
    judge(text[: data.draw(st.integers(0, len(text)))])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ("match", "left", "right", "op", "set", "meta", "key", "payload", "map")
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@given(st.sampled_from(JSON), st.integers(0), VALUES)
def test_any_json_with_another_value(text: str, number: int, value: object) -> None:
    given_objects = json.loads(text)
    objects = given_objects["nftables"]
    chosen = objects[number % len(objects)]
    ((kind, content),) = chosen.items()
    if isinstance(content, dict) and content:
        keys = sorted(content)
        content[keys[number % len(keys)]] = value
    else:
        chosen[kind] = value
    judge(json.dumps(given_objects))
