"""Names and texts of exports that are meant to be something else in the file that is written."""

import unicodedata
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from linter.report.draft.yaml import comment, listed, paragraph, quoted
from tests.linter.checks.pf import config
from tests.linter.checks.samples import rules
from tests.linter.drafts.samples import Init, allowed, read

_TEXTS = [
    *("plain", "two words", " blank before", "blank behind ", "", "-", "- a", "a: b", "a:", ": a"),
    *("# no comment", "a # b", "'", '"', "it's", 'say "x"', "\\", "\\n", "a\nb", "\n", "a\rb"),
    *("&anchor", "*alias", "!tag", "!!python/object:os.system", "%TAG", "@at", "`tick`", "|", ">"),
    *("{a: b}", "[a, b]", "a, b", "?", "? a", "<<", "---", "...", "~", "null", "yes", "No", "true"),
    *(
        "1",
        "1.5",
        "1e5",
        "0x10",
        "22:53",
        "2026-01-31",
        ".inf",
        "=",
        "\t",
        "a\tb",
        "\x00",
        "\x1b[2J",
    ),
    *("\x85", "\u2028", "\u2029", "\ufeff", "\u200b", "\u202e", "\x7f", "é", "日本", "\U0001f525"),
    *("##[group]x", "::error::x", "\n::error::x", "$HOME", "${{ secrets.A }}", "a" * 300),
]


@pytest.mark.parametrize("text", _TEXTS)
def test_a_text_is_read_again_as_what_it_was(text: str) -> None:
    line = f"a: {quoted(text)}\nb: {listed((text, 'x'))}\n{quoted(text or 'x')}: c\n"

    assert line.count("\n") == 3
    assert yaml.load(line, yaml.BaseLoader) == {"a": text, "b": [text, "x"], text or "x": "c"}
    # Editors read it as text too, but for the words that policies have for answers.
    assert yaml.safe_load(line)["a"] == text or text in ("yes", "No")


@given(st.text())
def test_any_text_is_read_again_as_what_it_was(text: str) -> None:
    if not any(unicodedata.category(char) == "Cs" for char in text):
        assert yaml.load(f"a: {quoted(text)}", yaml.BaseLoader) == {"a": text}


@given(st.text())
def test_a_comment_is_one_line_that_acts_on_nothing(text: str) -> None:
    for line in (comment(text, 2), *paragraph(text)):
        assert line.lstrip().startswith("#")
        assert yaml.safe_load(f"a: b\n{line}\nc: d") == {"a": "b", "c": "d"}
        assert line.isprintable()
        assert len(line.splitlines()) == 1


_INTERFACES = ["eth0", "lan: 1", "#x", "'", '"', "a, b", "&a", "!a", "%", "- x", "é", "[x]"]


@pytest.mark.parametrize("name", _INTERFACES)
def test_an_interface_can_have_any_name(name: str, init: Init) -> None:
    table = (
        "table inet filter {\n  chain forward {\n    type filter hook forward priority 0; "
        f'policy drop;\n    iifname "{name}" oifname "wan0" accept\n  }}\n}}\n'
    )
    if name == '"':
        table = table.replace('"""', "lan0")
        name = "lan0"
    init.write({"edge.nft": table})
    given_ = ("--interface", "wan0=internet", "--interface", f"edge:{name}=10.1.0.0/16")
    status, _, errors = init.run("edge.nft", *given_)

    assert (status, errors) == (0, "")
    found = read((init.folder / "site.yaml").read_text(encoding="utf-8"))
    assert set(found["devices"]["edge"]["interfaces"]) == {name, "wan0"}
    assert init.check()[0] == 0


_RULE = (
    "<type>pass</type><interface>lan</interface><ipprotocol>inet</ipprotocol>"
    "<protocol>tcp</protocol><source><network>lan</network></source>"
    "<destination><address>192.0.2.10</address><port>443</port></destination><descr>{}</descr>"
)
_DESCRIPTIONS = [
    "a&quot;&#10;allow: all&#10;", "x&#13;y: z", "]]&gt; # x", "&#8232;evil: yes",
    "'); drop", "##[group]x", "&#10;::error::x", "日本 — ok",
]  # fmt: skip


@pytest.mark.parametrize("text", _DESCRIPTIONS)
def test_a_description_stays_in_its_comment(text: str, init: Init) -> None:
    written = init.text({"edge.xml": config(_RULE.format(text))})

    assert allowed(written) == ["443/tcp from lan to 192.0.2.10"]
    assert set(read(written)) == {"fwlint", "name", "networks", "roles", "devices", "allow"}
    assert all(line.isprintable() for line in written.split("\n"))
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in written.split("\n"))


def test_a_name_of_an_interface_for_people_stays_one_too(init: Init) -> None:
    text = config(_RULE.format("x")).replace("DMZ", "internet&#10;any: x")
    written = init.text({"edge.xml": text.replace("<lan>", "<lan><descr>all</descr>")})

    assert set(read(written)["networks"]) == {"all-2", "internet-any-x"}
    assert init.check()[0] == 0


_FILES = [
    "a b.v4", "it's.v4", 'q".v4', "a: b.v4", "#.v4", "日本.v4", "a\nb.v4", "\x1b[2J.v4", "{x}.v4",
    "any.v4", "internet.v4", "-x.v4", "~.v4", "no.v4", "1.v4",
]  # fmt: skip


@pytest.mark.parametrize("name", _FILES)
def test_a_file_can_have_any_name(name: str, init: Init) -> None:
    text = rules("-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT")
    written = init.text({name: text}, f"./{name}")

    (device,) = read(written)["devices"].values()
    assert device["config"] == name
    assert device["host"].startswith("site.")
    assert init.check()[0] == 0


def test_a_folder_can_have_any_name(init: Init) -> None:
    folder = init.folder / 'a: "b" #\n c'
    folder.mkdir()
    (folder / "web.v4").write_text(rules("-A INPUT -j ACCEPT"), encoding="utf-8")
    target = Path(folder.name, "site.yaml")

    assert init.run(f"{folder.name}/web.v4", "-o", str(target))[0] == 0
    assert read((init.folder / target).read_text(encoding="utf-8"))["name"] == folder.name
