"""The proof that a policy is its document finds every way in which it is not."""

import re
from pathlib import Path

import pytest

import policies
from policies.coverage import uncited
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
        "service: 4431/tcp\nrows: [A]",
        "device: web, direction: in, protocol: tcp, port: 443n",
    ),
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
        "service: 4001/tcp\nrows: [A]",
        ROW.replace("port: 443", 'port: "400n,443"'),
        ["row A (line 9) lists 443/tcp, which no flow that cites the row requires"],
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
    text = policy_text(flow, rows=f"rows:\n  A: {{line: 9, {cells}}}\n")
    return [one.message for one in uncited(load_text(folder, text))]


@pytest.mark.parametrize(("flow", "cells"), REPRODUCED.values(), ids=REPRODUCED)
def test_a_row_that_is_reproduced_is_no_problem(flow: str, cells: str, tmp_path: Path) -> None:
    assert found(tmp_path, flow, cells) == []


@pytest.mark.parametrize(("flow", "cells", "expected"), NOT_REPRODUCED.values(), ids=NOT_REPRODUCED)
def test_a_row_that_is_not_reproduced_is_a_problem(
    flow: str, cells: str, expected: list[str], tmp_path: Path
) -> None:
    assert found(tmp_path, flow, cells) == expected


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
    lines = policy.source.lines
    # The default of an option is a word, such as ipv4.
    ports = re.compile(r'(default: "?|(service|any_of): .*)[0-9]')
    for number in _some([n for n, line in enumerate(lines) if ports.search(line)], pytestconfig):
        line = lines[number]
        following = "\n".join(lines[number : number + 6]).split("- id:")[0]
        cited = re.search(r"^        rows: \[(.*)\]$", following, re.MULTILINE)
        if cited and silent.issuperset(cited[1].split(", ")):
            continue
        if "need: may" in following:
            continue
        head, value, tail = re.split(
            r"((?:default|service|any_of): [^}]*?[0-9]+(?=[/\"},\]]|$))", line
        )[:3]
        moved = re.sub(r"[0-9]+$", lambda last: str(int(last[0]) - 1), value)
        changed = [*lines[:number], head + moved + tail, *lines[number + 1 :]]

        assert uncited(load_text(tmp_path, "\n".join(changed))) != (), line
