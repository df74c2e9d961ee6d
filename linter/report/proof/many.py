"""The proof report on many inputs: each by itself, below a table of all of them."""

import re
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from typing import Any, Final

import linter
from flowmodel.finding import Report
from flowmodel.record import NamedTuple
from linter.report import Options
from linter.report.many import Lists, Part, Total
from linter.report.proof.content import Content, content
from linter.report.proof.engine import as_html, as_markdown
from linter.report.proof.tones import Tone
from linter.report.share import share_data, with_sum
from linter.report.summary import levels_in_words, summed
from linter.report.tally import tally
from linter.report.visible import as_json

TONES, ROWS, BODIES = "tones", "rows", "bodies"
LISTS: Final = (TONES, ROWS, BODIES)
COMMENT: Final = "<!--fwlint/shard "
"""What the last line of the page of a share begins with."""
_NAMED: Final = re.compile(r'(?: (?:id|aria-labelledby)="|href="#|="url\(#)')
"""What an identifier stands behind in HTML; in a text of a file, `"` is written `&#34;`."""
_LINKED: Final = re.compile(r'<a id="|\]\(#')


class Cover(NamedTuple):
    """What stands above all inputs."""

    title: str
    tool: str
    day: str
    tone: Tone
    headline: str
    summary: str


def html_part(report: Report, options: Options) -> Part:
    """The input's row in the table, and its report, whose identifiers are its own."""
    its = _content(report, options)
    prefix, found = _prefix(report), _found(report)
    row = as_html("row.html.j2", its, found=found)
    body = as_html("input.html.j2", its)
    return (
        (TONES, f"{its.verdict.tone}\n"),
        (ROWS, _NAMED.sub(rf"\g<0>{prefix}", row)),
        (BODIES, _NAMED.sub(rf"\g<0>{prefix}", body)),
    )


def html_whole(total: Total, lists: Lists, options: Options) -> Iterator[str]:
    """One page; that of a share says so behind its end."""
    cover = _cover(total, lists)
    top, middle = (as_html(f"{name}.html.j2", cover) for name in ("many", "middle"))
    yield top
    yield from lists.of(ROWS)
    yield middle
    yield from lists.of(BODIES)
    yield as_html("foot.html.j2", cover)
    if total.share:
        data = share_data(total.share, total, lists, options, LISTS)
        data["tones"] = [line.strip() for line in lists.of(TONES)]
        data["lengths"] = {
            "top": len(top),
            **{name: [len(text) for text in lists.of(name)] for name in (ROWS, BODIES)},
            "middle": len(middle),
        }
        yield comment_of(with_sum(data, chain.from_iterable(map(lists.of, LISTS))))


def comment_of(data: dict[str, Any]) -> str:
    """A share's data as the last line of a page; no text in it can end the comment."""
    text = as_json(data)
    for sign in "<>&-":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f"{COMMENT}{text}-->\n"


def markdown_part(report: Report, options: Options) -> Part:
    """The same in Markdown."""
    its = _content(report, options)
    prefix = _prefix(report)
    row = as_markdown("row.md.j2", its, found=_found(report))
    body = "\n".join(_outside_code(as_markdown("input.md.j2", its), prefix))
    return (
        (TONES, f"{its.verdict.tone}\n"),
        (ROWS, _LINKED.sub(rf"\g<0>{prefix}", row)),
        (BODIES, body),
    )


def markdown_whole(total: Total, lists: Lists, _options: Options) -> Iterator[str]:
    """One text."""
    yield as_markdown("many.md.j2", _cover(total, lists))
    yield from lists.of(ROWS)
    yield from lists.of(BODIES)


def _content(report: Report, options: Options) -> Content:
    # The cover tells the day: an input that no day matters to is the same on all of them.
    return content(report, options)._replace(day="")


def _prefix(report: Report) -> str:
    return f"i-{sha256(report.input.encode(errors='surrogateescape')).hexdigest()[:10]}-"


def _found(report: Report) -> str:
    numbers = tally(report)
    words = levels_in_words(numbers)
    words += [f"{numbers.unread} could not be evaluated"] if numbers.unread else []
    return ", ".join(words) or "none"


def _outside_code(text: str, prefix: str) -> Iterator[str]:
    """The lines, with the prefix where one is a link or its aim; code says what files say."""
    fence = ""
    for line in text.split("\n"):
        opening = re.fullmatch("(```+)text", line)
        if fence:
            fence = "" if line == fence else fence
        elif opening:
            fence = opening[1]
        yield line if fence or opening else _LINKED.sub(rf"\g<0>{prefix}", line)


def _cover(total: Total, lists: Lists) -> Cover:
    numbers = total.numbers
    tones = Counter(line.strip() for line in lists.of(TONES))
    number = f"{numbers.inputs:,} input{'' if numbers.inputs == 1 else 's'}"
    tone: Tone
    if total.share and not numbers.inputs:
        tone, headline = "unsure", "No input is in this share"
    elif numbers.failures or not numbers.inputs:
        tone, headline = "bad", "Not everything could be evaluated"
    elif tones["bad"]:
        tone, headline = "bad", f"{tones['bad']:,} of {number} should be mended"
    elif tones["unsure"]:
        tone, headline = "unsure", f"{tones['unsure']:,} of {number} should be looked at"
    elif numbers.counts["warning"]:
        # It is no input's.
        tone, headline = "unsure", f"No fault was found in {number}, but look at the baseline"
    else:
        tone, headline = "good", f"No fault was found in {number}"
    words = summed(numbers, total.baseline, total.settings, total.share)
    tool = f"fwlint {linter.__version__}"
    return Cover(number.capitalize(), tool, total.day, tone, headline, words)
