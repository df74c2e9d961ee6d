"""What the loader says about policies that cannot be read, word for word."""

from pathlib import Path

import pytest

import policies
from flowmodel.source import InputErrors
from tests.policies.samples import load_text, message, policy_text

HEAD = "fwlint: policy/1\nname: shop\nroles: {web: Web}\n"


NO_ERRORS = {
    "the smallest policy": HEAD + "sections: []\n",
    "words of YAML 1.1 are text": policy_text("app: 'no'\npurpose: 22:53\nservice: 22/tcp"),
    "quoted text is the same text": policy_text("service: '443/tcp'"),
    "a byte order mark and DOS lines": "\ufeff" + policy_text().replace("\n", "\r\n"),
    "comments and document marks": "# shop\n---\n" + policy_text() + "...\n",
    "flow style": "{fwlint: policy/1, name: s, roles: {a: A}, sections: [{title: T, flows: "
    '[{id: f, from: any, to: a, service: "1/tcp"}]}]}',
}


@pytest.mark.parametrize("text", NO_ERRORS.values(), ids=NO_ERRORS)
def test_a_policy_without_errors_is_read(text: str, tmp_path: Path) -> None:
    assert load_text(tmp_path, text).name in ("shop", "s")


NOT_OURS = "shop.yaml:1:1: this is no policy or site file: it has no line `fwlint: …`"
YAML_ERRORS = {
    "empty": ("", "shop.yaml:1:1: the file is empty"),
    "a comment only": ("# hello\n", NOT_OURS),
    "no YAML": (
        "fwlint: [policy/1\nname: x\n",
        (
            "shop.yaml:1:9: not valid YAML: this `[` is not closed, or a `,` is missing in it\n"
            "  fwlint: [policy/1\n          ^"
        ),
    ),
    "cut off within a line": (
        "fwlint: policy/1\nroles: {web: Web",
        (
            "shop.yaml:2:8: not valid YAML: this `{` is not closed, or a `,` is missing in it\n"
            "  roles: {web: Web\n         ^"
        ),
    ),
    "a tab for indentation": (
        "fwlint: policy/1\nroles:\n\tweb: Web\n",
        (
            "shop.yaml:3:1: not valid YAML: a tab cannot indent a line; indent with spaces\n"
            "  →   web: Web\n  ^"
        ),
    ),
    "a colon in a text": (
        "fwlint: policy/1\ntitle: Ports: all\n",
        (
            "shop.yaml:2:13: not valid YAML: put text that contains `: ` in quotes\n"
            "  title: Ports: all\n              ^"
        ),
    ),
    "a duplicate key": (
        HEAD + "name: shop2\nsections: []\n",
        "shop.yaml:4:1: duplicate key `name`; first defined on line 2\n  name: shop2\n  ^^^^",
    ),
    "an anchor and an alias": (
        HEAD + "sections: &all []\nnot_covered: *all\n",
        (
            "shop.yaml:4:11: anchors (`&all`) are not allowed\n"
            "  sections: &all []\n            ^^^^^^\n"
            "shop.yaml:5:14: aliases (`*all`) are not allowed; repeat the value\n"
            "  not_covered: *all\n               ^^^^"
        ),
    ),
    "a tag": (
        HEAD + "title: !!python/name:os.system x\nsections: []\n",
        (
            "shop.yaml:4:8: tags (`tag:yaml.org,2002:python/name:os.system`) are not allowed; "
            "remove the tag\n  title: !!python/name:os.system x\n         "
            "^^^^^^^^^^^^^^^^^^^^^^^^^"
        ),
    ),
    "a merge key": (
        HEAD + "document: {<<: {title: A}}\nsections: []\n",
        (
            "shop.yaml:4:12: merge keys (`<<`) are not allowed; repeat the keys\n"
            "  document: {<<: {title: A}}\n             ^^"
        ),
    ),
    "a key that is no word": (
        HEAD + "? [a, b]\n: c\nsections: []\n",
        "shop.yaml:4:3: a key must be text, not a list or a mapping\n  ? [a, b]\n    ^",
    ),
    "two documents": (
        "fwlint: b\n---\nc: d\n",
        "shop.yaml:3:1: a second YAML document starts here; only one is allowed\n  c: d\n  ^",
    ),
    "too deep": (
        "fwlint: policy/1\nname:\n " + "[" * 60 + "]" * 60,
        "shop.yaml:3:25: too deeply nested for a policy or site file\n  "
        "…" + "[" * 57 + "]" * 43 + "…\n  " + " " * 21 + "^",
    ),
    "a list where a mapping is meant": (
        "- fwlint: policy/1\n",
        NOT_OURS,
    ),
    "another file of YAML": ("users:\n  kim: s3cret: 1\n", NOT_OURS),
    "another file with our word in it": ("# fwlint: policy/1\nusers: [fwlint: x]\n", NOT_OURS),
    "XML": ("<a>\nfwlint: policy/1\n\tb: c: d</a>\n", NOT_OURS),
    "XML behind a byte order mark": ("\ufeff \n<a>\nfwlint: policy/1\n</a>\n", NOT_OURS),
}


@pytest.mark.parametrize(("text", "expected"), YAML_ERRORS.values(), ids=YAML_ERRORS)
def test_yaml_that_is_no_policy_is_refused_at_its_place(
    text: str, expected: str, tmp_path: Path
) -> None:
    actual = message(tmp_path, text)

    # What the parser marks under a tag is the parser's business.
    assert actual.rstrip("^") == expected.rstrip("^")


FILE_ERRORS = {
    "not UTF-8": (b"name: \xff\n", "the file is not UTF-8: byte 0xff", 7),
    "not UTF-8 behind what is": (
        "\ufeffa: b\u2028name: éé".encode() + b"\xff\n",
        "the file is not UTF-8: byte 0xff",
        9,
    ),
    "a NUL": (b"fwlint: b\nname: \0\n", "not valid YAML: control characters are not allowed", 7),
    "too large": (b"#" * ((4 << 20) + 1), "the file is larger than 4 MiB", 1),
}


@pytest.mark.parametrize(("data", "expected", "column"), FILE_ERRORS.values(), ids=FILE_ERRORS)
def test_bytes_that_are_no_text_are_refused(
    data: bytes, expected: str, column: int, tmp_path: Path
) -> None:
    path = tmp_path / "shop.yaml"
    path.write_bytes(data)
    with pytest.raises(InputErrors) as caught:
        policies.load_policy(str(path))

    assert [(one.message, one.span.column) for one in caught.value.errors] == [(expected, column)]


def test_a_file_that_is_not_there_is_one_error() -> None:
    with pytest.raises(InputErrors) as caught:
        policies.load_policy("missing/policy.yaml")

    assert str(caught.value) == "missing/policy.yaml:1:1: cannot be read: No such file or directory"


def test_an_unknown_product_is_no_file() -> None:
    with pytest.raises(InputErrors) as caught:
        policies.load_policy("onionid")

    assert str(caught.value) == "onionid:1:1: unknown policy `onionid`; did you mean `onion-id`?"


PART_ERRORS = {
    "a name with capitals": (
        "roles: {Web: x}\n",
        (
            "4:9: `Web` is not a valid name for a role: use lowercase letters, digits, `-` and "
            "`_`, starting with a letter or digit"
        ),
    ),
    "a role called internet": (
        "roles: {internet: x}\n",
        "4:9: `internet` is a reserved word and cannot be the name of a role",
    ),
    "a peer that is a role": ("roles: {a: x}\npeers: {a: x}\n", "5:9: `a` is already a role"),
    "a parameter of nothing": (
        "roles: {a: x}\nparameters: {p: {set_in: x}}\n",
        "5:14: parameter `p` must have exactly one of `default:` and `value:`",
    ),
    "a parameter out of range": (
        "roles: {a: x}\nparameters: {p: {default: 70000}}\n",
        "5:27: default `70000` is not a valid port (1 to 65535)",
    ),
    "a derived parameter out of range": (
        "roles: {a: x}\nparameters: {p: {default: 65535}, q: {value: $p + 1}}\n",
        "5:35: `q` is 65536 with the defaults, not a valid port (1 to 65535)",
    ),
    "arithmetic": (
        "roles: {a: x}\nparameters: {p: {default: 1}, q: {value: $p * 2}}\n",
        "5:42: `$p * 2` must have the form `$name` or `$name + number`",
    ),
    "a circle": (
        "roles: {a: x}\nparameters: {p: {value: $q + 1}, q: {value: $q + 1}}\n",
        "5:14: parameter `p` is derived from itself\n5:34: parameter `q` is derived from itself",
    ),
    "an option without a question": (
        "roles: {a: x}\noptions: {o: {default: yes}}\n",
        "5:14: missing key `question` in option `o`",
    ),
    "one role apart from nothing": (
        "roles: {a: x}\noptions: {o: {question: x, means: {different: [a]}}}\n",
        "5:35: `different` needs at least two roles",
    ),
    "a row without a line": (
        "roles: {a: x}\nrows: {R: {says: x}}\n",
        "5:11: missing key `line` in row `R`",
    ),
    "a row without anything": (
        "roles: {a: x}\nrows: {R: {line: 1}}\n",
        "5:8: row `R` has neither cells nor `says:`",
    ),
    "a row with an unknown device": (
        "roles: {a: x}\nrows: {R: {line: 1, device: b}}\n",
        (
            "5:8: row `R` has neither cells nor `says:`\n"
            "5:29: unknown role or peer `b`; expected one of `a`, `all`"
        ),
    ),
    "a later version": (
        "roles: {a: x}\n",
        "",
    ),
}


@pytest.mark.parametrize(("part", "expected"), PART_ERRORS.values(), ids=PART_ERRORS)
def test_a_declaration_that_cannot_be_read_is_an_error(
    part: str, expected: str, tmp_path: Path
) -> None:
    text = "fwlint: policy/1\nname: shop\nsections: []\n" + part
    if not expected:
        text = text.replace("policy/1", "policy/2")
        expected = "1:9: this version of fwlint reads `policy/1`, not `policy/2`"
    found = message(tmp_path, text).splitlines()

    assert (
        "\n".join(line.removeprefix("shop.yaml:") for line in found if line.startswith("shop.yaml"))
        == expected
    )


def test_all_errors_of_a_file_are_reported_in_order(tmp_path: Path) -> None:
    text = policy_text("service: 443\nneed: mast") + "nonsense: x\n"

    assert message(tmp_path, text) == (
        "shop.yaml:15:18: `443` has no protocol; write `443/tcp` or `443/tcp+udp`\n"
        "          service: 443\n"
        "                   ^^^\n"
        "shop.yaml:16:15: invalid value `mast` for `need`; did you mean `must`?\n"
        "          need: mast\n"
        "                ^^^^\n"
        "shop.yaml:17:1: unknown key `nonsense` in a policy; expected one of `document`, `fwlint`, "
        "`name`, "
        "`not_covered`, `options`, `parameters`, `peers`, `requires`, `roles`, `rows`, "
        "`sections`, `sources`, …\n"
        "  nonsense: x\n"
        "  ^^^^^^^^"
    )


def test_a_file_full_of_errors_ends_early(tmp_path: Path) -> None:
    text = HEAD + "sections: []\n" + "".join(f"key{number}: x\n" for number in range(5000))
    with pytest.raises(InputErrors) as caught:
        load_text(tmp_path, text)

    assert len(caught.value.errors) == 101
    assert caught.value.errors[-1].message == "reading stopped after 100 errors; there may be more"


def test_a_site_is_no_policy_and_nothing_else_is_said_of_it(tmp_path: Path) -> None:
    assert message(tmp_path, "fwlint: site/1\nname: x\ndevices: {}\nnetwork: {}\n") == (
        "shop.yaml:1:9: expected a `policy/1` file, but this is a `site/1` file; "
        "check it with `fwlint check`\n"
        "  fwlint: site/1\n"
        "          ^^^^^^"
    )
