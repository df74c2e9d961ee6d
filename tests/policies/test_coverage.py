"""The proof that a policy is its document finds every way in which it is not."""

import re
from pathlib import Path

import pytest

import policies
from policies.coverage import conditional, uncited
from tests.policies.samples import load_text, policy_text

ROW = "device: web, direction: in, protocol: tcp, port: 443"

REPRODUCED = {
    "one row": ("service: 443/tcp\nrows: [A]", ROW),
    "a row that lost its port": (
        "service: 443/tcp\ninferred: [service]\nrows: [A]",
        "device: web, direction: in, protocol: tcp",
    ),
    "a row that lost its device": (
        "service: 443/tcp\ninferred: [to]\nrows: [A]",
        "direction: in, protocol: tcp, port: 443",
    ),
    "a row without a direction": (
        "service: 443/tcp\ninferred: [from, to]\nrows: [A]",
        "protocol: tcp, port: 443",
    ),
    "a flow with itself": (
        "from: web\nto: self\nservice: 443/tcp\ninferred: [from]\nrows: [A]",
        "protocol: tcp, port: 443",
    ),
    "both directions": (
        "from: web\nto: self\nservice: 443/tcp\nrows: [A]",
        "device: web, direction: in+out, protocol: tcp, port: 443",
    ),
    "both directions between two sides": (
        "between: [users, web]\nservice: 443/tcp\nrows: [A]",
        "device: web, direction: in+out, protocol: tcp, port: 443",
    ),
    "a digit that the row leaves open": (
        "service: $door/tcp\nrows: [A]",
        "device: web, direction: in, protocol: tcp, port: 443n",
    ),
    "a digit that the row leaves open, with all of them": (
        "service: 4430-4439/tcp\nrows: [A]",
        "device: web, direction: in, protocol: tcp, port: 443n",
    ),
    "a digit that the row leaves open, with all that are ports": (
        "service: [65530-65535/tcp, 443/tcp]\nrows: [A]",
        "device: web, direction: in, protocol: tcp, port: '6553n,443'",
    ),
    "ports of clients": (
        "service: 443/tcp\nsport: '53,1024-65535'\nrows: [A]",
        ROW + ", sport: '1024-65535, 53'",
    ),
    "ports of clients that the document does not give": (
        "service: 443/tcp\nsport: 53\ninferred: [sport]\nrows: [A]",
        ROW,
    ),
    "everything": ("service: any\ninferred: [service]\nrows: [A]", ROW),
    "a service in the row's prose": (
        "service: [443/tcp, 1434/udp]\nrows: [A]",
        ROW + ", also: 1434/udp",
    ),
    "alternatives": (
        "any_of: [443/tcp, 80/tcp]\nrows: [A]",
        "device: web, direction: in, protocol: tcp, port: '80,443'",
    ),
    "ports that the two sides agree on": (
        "service: 443/tcp\nthen: 49152-65535/tcp\nrows: [A]",
        "device: web, direction: in, protocol: tcp, port: '443,49152-65535'",
    ),
    "an address of a role": (
        "from: users\nto: db.outside\nservice: 443/tcp\nrows: [A]",
        "device: db, direction: in, protocol: tcp, port: 443",
    ),
    "a sentence": ("service: 443/tcp\nrows: [A]", "says: the web server listens"),
}

NOT_REPRODUCED = {
    "no row at all": (
        "service: 443/tcp",
        ROW,
        ["no flow cites row A (line 9)", "flow `one` cites no row of the document"],
    ),
    "another port": (
        "service: 444/tcp\nrows: [A]",
        ROW,
        [
            "row A (line 9) lists 443/tcp, which no flow that cites the row requires",
            "flow `one` has 444/tcp, which is in none of the rows it cites",
        ],
    ),
    "another protocol": (
        "service: 443/udp\nrows: [A]",
        ROW,
        [
            "row A (line 9) lists 443/tcp, which no flow that cites the row requires",
            "flow `one` has 443/udp, which is in none of the rows it cites",
        ],
    ),
    "a port too many": (
        "service: 443-444/tcp\nrows: [A]",
        ROW,
        ["flow `one` has 444/tcp, which is in none of the rows it cites"],
    ),
    "an agreed port too many": (
        "service: 443/tcp\nthen: 49152-65535/tcp\nrows: [A]",
        ROW,
        ["flow `one` has 49152-65535/tcp, which is in none of the rows it cites"],
    ),
    "a port back that hides the one that is lost": (
        "service: 80/tcp\nthen_back: 1-65535/tcp\ninferred: [service]\nrows: [A]",
        ROW,
        ["row A (line 9) lists 443/tcp, which no flow that cites the row requires"],
    ),
    "a port back too many": (
        "service: 443/tcp\nthen_back: 20/tcp\nrows: [A]",
        ROW,
        ["flow `one` has 20/tcp, which is in none of the rows it cites"],
    ),
    "a port that is permitted only": (
        "service: 443/tcp\nneed: may\nrows: [A]",
        ROW,
        ["row A (line 9) lists 443/tcp, which no flow that cites the row requires"],
    ),
    "another machine": (
        "from: users\nto: db\nservice: 443/tcp\nrows: [A]",
        ROW,
        ["flow `one` cites row A, whose device is `web` (incoming), but its `to` is db"],
    ),
    "the other direction": (
        "from: web\nto: users\nservice: 443/tcp\nrows: [A]",
        ROW,
        ["flow `one` cites row A, whose device is `web` (incoming), but its `to` is users"],
    ),
    "one of two directions": (
        "service: 443/tcp\nrows: [A]",
        ROW.replace("direction: in", "direction: in+out"),
        [("row A (line 9) lists 443/tcp, which no flow that cites the row requires from `web`")],
    ),
    "one direction as the other one is permitted": (
        "between: [users, web]\nservice: 80/tcp\nrows: [A]",
        ROW.replace("direction: in", "direction: in+out"),
        [
            "row A (line 9) lists 443/tcp, which no flow that cites the row requires",
            "row A (line 9) lists 443/tcp, which no flow that cites the row requires from `web`",
            "row A (line 9) lists 443/tcp, which no flow that cites the row requires to `web`",
            "flow `one` has 80/tcp, which is in none of the rows it cites",
        ],
    ),
    "prose with a service": (
        "service: 443/tcp\nrows: [A]",
        "says: also the other port, also: 8443/tcp",
        [
            "row A (line 9) lists 8443/tcp, which no flow that cites the row requires",
            "flow `one` has 443/tcp, which is in none of the rows it cites",
        ],
    ),
    "prose that forbids": (
        "service: 443/tcp\nrows: [A]",
        "says: keep it closed, need: never",
        ["flow `one` has `need: must`, but what row A lists must not be open"],
    ),
    "a protocol without ports for a port": (
        "service: esp\ninferred: [service]\nrows: [A]",
        "device: web, direction: in, port: 443",
        ["row A (line 9) lists 443, which no flow that cites the row requires"],
    ),
    "a type of ICMP for a port": (
        "service: 8/icmp\ninferred: [service]\nrows: [A]",
        "device: web, direction: in, port: 2049",
        ["row A (line 9) lists 2049, which no flow that cites the row requires"],
    ),
    "a number beside a digit that is any": (
        "service: 4000-4009/tcp\nrows: [A]",
        ROW.replace("port: 443", 'port: "400n,443"'),
        ["row A (line 9) lists 443/tcp, which no flow that cites the row requires"],
    ),
    "ports of clients": (
        "service: 443/tcp\nsport: 1024-65534\nrows: [A]",
        ROW + ", sport: 1024-65535",
        ["flow `one` has `sport: 1024-65534`, but row A lists 1024-65535 for clients"],
    ),
    "ports of clients that the flow forgets": (
        "service: 443/tcp\nrows: [A]",
        ROW + ", sport: 1024-65535",
        ["flow `one` has no `sport:`, but row A lists 1024-65535 for clients"],
    ),
    "ports of clients that no row has": (
        "service: 443/tcp\nsport: 53\nrows: [A]",
        ROW,
        ["flow `one` has `sport: 53`, which is in none of the rows it cites"],
    ),
    "one port for a digit that is any": (
        "service: 443/tcp\nrows: [A]",
        ROW.replace("port: 443", "port: 44n"),
        ["row A (line 9) lists 44n, which no flow that cites the row requires"],
    ),
    "some ports for a digit that is any": (
        "service: 440-448/tcp\nrows: [A]",
        ROW.replace("port: 443", "port: 44n"),
        ["row A (line 9) lists 44n, which no flow that cites the row requires"],
    ),
    "a parameter that no site can set for a digit that is any": (
        "service: $fixed/tcp\nrows: [A]",
        ROW.replace("port: 443", "port: 44n"),
        ["row A (line 9) lists 44n, which no flow that cites the row requires"],
    ),
    "a parameter of another protocol for a digit that is any": (
        "service: [440/tcp, $door/udp]\ninferred: [service]\nrows: [A]",
        ROW.replace("port: 443", "port: 443n"),
        ["row A (line 9) lists 443n, which no flow that cites the row requires"],
    ),
    "everything": (
        "service: any\nrows: [A]",
        ROW,
        ["flow `one` has any, which is in none of the rows it cites"],
    ),
    "neither direction": (
        "from: users\nto: db\nservice: 443/tcp\nrows: [A]",
        ROW.replace("direction: in", "direction: in+out"),
        [
            "flow `one` cites row A, whose device is `web` (both ways), but its ends are db, users",
        ],
    ),
    "a silent device": (
        "service: 443/tcp\nrows: [A]",
        "direction: in, protocol: tcp, port: 443",
        [
            (
                "row A does not name its device, so flow `one` must mark its `to` as "
                "inferred or recovered"
            )
        ],
    ),
    "a silent port": (
        "service: 443/tcp\nrows: [A]",
        "device: web, direction: in, protocol: tcp",
        [
            (
                "row A does not give both protocol and port, so flow `one` must mark its "
                "`service` as inferred or recovered"
            )
        ],
    ),
    "a digit that does not fit": (
        "service: 4501/tcp\nrows: [A]",
        "device: web, direction: in, protocol: tcp, port: 443n",
        [
            "row A (line 9) lists 443n, which no flow that cites the row requires",
            "flow `one` has 4501/tcp, which is in none of the rows it cites",
        ],
    ),
    "a forgotten service of the prose": (
        "service: 443/tcp\nrows: [A]",
        ROW + ", also: 1434/udp",
        ["row A (line 9) lists 1434/udp, which no flow that cites the row requires"],
    ),
}


def found(folder: Path, flow: str, cells: str) -> list[str]:
    more = "parameters:\n  door: {default: 4431}\n  fixed: {default: 443, configurable: no}\n"
    more = more if "$" in flow else ""
    text = policy_text(flow, more=more, rows=f"rows:\n  A: {{line: 9, {cells}}}\n")
    return [one.message for one in uncited(load_text(folder, text))]


@pytest.mark.parametrize(("flow", "cells"), REPRODUCED.values(), ids=REPRODUCED)
def test_a_row_that_is_reproduced_is_no_problem(flow: str, cells: str, tmp_path: Path) -> None:
    assert found(tmp_path, flow, cells) == []


@pytest.mark.parametrize(("flow", "cells", "expected"), NOT_REPRODUCED.values(), ids=NOT_REPRODUCED)
def test_a_row_that_is_not_reproduced_is_a_problem(
    flow: str, cells: str, expected: list[str], tmp_path: Path
) -> None:
    assert found(tmp_path, flow, cells) == expected


_OPTIONS = (
    "options:\n  tls: {question: TLS?, default: yes}\n"
    "  db: {question: Which?, choices: [my, pg, none], default: my}\n"
)


@pytest.mark.parametrize(
    ("conditions", "is_always"),
    [
        ([""], True),
        (["when: tls"], False),
        (["unless: tls"], False),
        (["when: tls", "unless: tls"], True),
        (["when: tls", ""], True),
        (["when: tls", "need: may"], False),
        (["when: db=my|pg", "when: db=none"], True),
        (["when: db=my", "when: db=none"], False),
        (["when: [tls, db=my]", "unless: tls", "when: [tls, db=pg|none]"], True),
        (["when: [tls, db=my]", "unless: tls", "when: [tls, db=pg]"], False),
        (["when: tls=no", "when: tls=yes"], True),
    ],
)
def test_rows_that_depend_on_answers_are_known(
    conditions: list[str], is_always: bool, tmp_path: Path
) -> None:
    others = "".join(
        f"      - {{id: x{number}, from: users, to: web, service: 443/tcp, rows: [A]{more}}}\n"
        for number, each in enumerate(conditions)
        for more in (f", {each}" if each else "",)
    )
    rows = f"{others}rows:\n  A: {{line: 9, {ROW}}}\n  B: {{line: 10, {ROW}}}\n"
    policy = load_text(
        tmp_path,
        policy_text("service: 443/tcp\nrows: [B]", more=_OPTIONS).rstrip("\n") + "\n" + rows,
    )

    assert uncited(policy) == ()
    assert conditional(policy) == (set() if is_always else {"A"})


def test_a_row_of_which_answers_change_the_ports_depends_on_them(tmp_path: Path) -> None:
    flow = "service: 443/tcp\nwhen: tls\nrows: [A]\n"
    text = policy_text(flow, more=_OPTIONS) + (
        "      - {id: x, from: users, to: web, service: 80/tcp, rows: [A]}\n"
        "rows:\n  A: {line: 9, device: web, direction: in, protocol: tcp, port: '80,443'}\n"
    )

    assert conditional(load_text(tmp_path, text)) == {"A"}


def test_a_policy_without_a_document_has_nothing_to_prove(tmp_path: Path) -> None:
    assert uncited(load_text(tmp_path, policy_text())) == ()


_ENOUGH = 10


def _some(numbers: list[int], config: pytest.Config) -> list[int]:
    """Some lines of a long policy, over the whole of it; all with --long."""
    step = 1 if config.getoption("--long") else 1 + len(numbers) // _ENOUGH
    return numbers[::step]


@pytest.mark.parametrize("name", policies.PRODUCTS)
def test_leaving_out_any_citation_breaks_the_proof(
    name: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Every citation of a shipped policy is there for a reason: without it a row is lost."""
    lines = policies.load_policy(name).source.lines
    cited = [number for number, line in enumerate(lines) if line.strip().startswith("rows: [")]
    for number in _some(cited, pytestconfig):
        changed = [*lines[:number], *lines[number + 1 :]]
        policy = load_text(tmp_path, "\n".join(changed))

        assert uncited(policy) != (), lines[number]


@pytest.mark.parametrize("name", policies.PRODUCTS)
def test_moving_any_port_breaks_the_proof(
    name: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """No port of a required flow can change without a row that disagrees, if a row has one."""
    policy = policies.load_policy(name)
    silent = {row.id for row in policy.rows.values() if not row.port and not row.also}
    # Of a row with both directions, the services of one may be the author's reading.
    both = {row.id for row in policy.rows.values() if row.direction == "in+out"}
    lines = policy.source.lines
    # The default of an option is a word, such as ipv4.
    ports = re.compile(r'(default: "?|(service|any_of): .*)[0-9]')
    for number in _some([n for n, line in enumerate(lines) if ports.search(line)], pytestconfig):
        line = lines[number]
        following = "\n".join(lines[number : number + 6]).split("- id:")[0]
        cited = re.search(r"^        rows: \[(.*)\]$", following, re.MULTILINE)
        is_read = bool(re.search(r"^        inferred: .*\bservice\b", following, re.MULTILINE))
        if cited and (silent | both if is_read else silent).issuperset(cited[1].split(", ")):
            continue
        if "need: may" in following:
            continue
        head, value, tail = re.split(
            r"((?:default|service|any_of): [^}]*?[0-9]+(?=[/\"},\]]|$))", line
        )[:3]
        moved = re.sub(r"[0-9]+$", lambda last: str(int(last[0]) - 1), value)
        changed = [*lines[:number], head + moved + tail, *lines[number + 1 :]]

        assert uncited(load_text(tmp_path, "\n".join(changed))) != (), line
