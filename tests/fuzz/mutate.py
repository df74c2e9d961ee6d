"""The case of a number: a seed, and one to four mutations of one of its files."""

from random import Random
from xml.etree import ElementTree as ET

from tests.fuzz.markup import as_text, mutate_markup, root_of
from tests.fuzz.seeds import BESIDE, EXPORTS, KINDS, Case, seeds
from tests.fuzz.texts import mutate_text
from tests.fuzz.trees import as_json, as_yaml, mutate_tree, tree_of

_REARRANGED = 0.05
MOST = 1_000_000
"""Characters of a case: fifty copies of fifty copies are not about structure. tests/bounds asks
what large inputs take.
"""
_SHARES = {
    "iptables-save": 29,
    "nftables": 23,
    "config.xml": 6,
    "aws": 9,
    "ipset save": 13,
    "site": 2,
    "policy": 3,
    "packets": 11,
    "expression": 4,
}
"""How many of a hundred cases are of a kind: more where more can go wrong, fewer where reading is
slow."""


def case_of(seed: int, number: int, kind: str = "") -> tuple[Case, Random]:
    """The case, which is always the same one, and the dice for what is to be done with it."""
    random = Random(f"{seed}/{number}")
    kind = kind or random.choices(KINDS, [_SHARES.get(each, 10) for each in KINDS])[0]
    case = random.choice(seeds()[kind])
    index = random.randrange(len(case.files))
    text = case.files[index][1]
    donor = kind if random.random() < 0.9 else random.choice(KINDS)
    other = random.choice(random.choice(seeds()[donor]).files)[1]
    changed = mutated(random, text, kind, other)
    case = case.having(index, changed if len(changed) <= MOST else text)
    if kind in (*EXPORTS, *BESIDE) and random.random() < _REARRANGED:
        case = rearranged(random, case)
    return case, random


def rearranged(random: Random, case: Case) -> Case:
    """The case without one of its files, with one twice, or with one of another case or format."""
    files = list(case.files)
    match random.randrange(4):
        case 0 if len(files) > 1:
            del files[random.randrange(len(files))]
        case 1:
            files.append(("again", random.choice(files)[1]))
        case _:
            kind = case.kind if random.random() < 0.5 else random.choice((*EXPORTS, *BESIDE))
            files.append(("other", random.choice(random.choice(seeds()[kind]).files)[1]))
    random.shuffle(files)
    return Case(case.kind, tuple(files))


def mutated(random: Random, text: str, kind: str, other: str) -> str:
    """The text with one to four changes of its structure, or of the text as such."""
    count = random.choice((1, 1, 1, 1, 2, 2, 3, 4))
    on_text = sum(random.random() < 0.25 for _ in range(count))
    if on_text < count:
        changed = _restructured(random, text, kind, other, count - on_text)
        on_text = on_text if changed != text else count
        text = changed
    for _ in range(on_text):
        text = mutate_text(random, text, kind, other)
    return text


def _restructured(random: Random, text: str, kind: str, other: str, count: int) -> str:
    """The text with changes of its structure; as it was where it has none but lines."""
    if text.lstrip().startswith("<"):
        root = root_of(text)
        try:
            donor = root_of(other)
        except ET.ParseError:
            donor = root_of(text)
        for _ in range(count):
            mutate_markup(random, root, kind, donor)
        return as_text(random, root)
    is_json = text.lstrip()[:1] in ("{", "[")
    if kind == "packets":
        return _line(random, text, kind, other, count)
    if not is_json and kind not in ("aws", "site", "policy"):
        return text
    try:
        tree = tree_of(text)
    except ValueError:
        return text  # several documents in one file
    try:
        theirs = tree_of(other)
    except ValueError:
        theirs = tree_of(text)
    for _ in range(count):
        tree = mutate_tree(random, tree, kind, theirs)
    return as_json(random, tree) if is_json else as_yaml(random, tree)


def _line(random: Random, text: str, kind: str, other: str, count: int) -> str:
    """The text with changes in one of its lines, each of which is a JSON object."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    try:
        tree = tree_of(lines[at])
        theirs = tree_of(random.choice(other.split("\n")))
    except ValueError:
        return text
    for _ in range(count):
        tree = mutate_tree(random, tree, kind, theirs)
    lines[at] = as_json(Random(0), tree).replace("\n", " ")
    return "\n".join(lines)
