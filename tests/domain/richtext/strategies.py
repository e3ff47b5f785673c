"""Hypothesis strategies for rich text: documents, CommonMark and HTML, from the ordinary to the hostile."""

from hypothesis import strategies as st
from hypothesis.vendor.pretty import RepresentationPrinter

from domain.richtext.commonmark import render
from domain.richtext.tidy import tidy
from domain.richtext.tree import Block, CodeBlock, Document, Heading, List, Mark, Paragraph, Quote, Rule, Span

MARKS: list[Mark] = ["strong", "emphasis", "strike", "code"]

SPECIAL = [
    *"\\`*_{}[]()<>#+-.!|~&;:=@\"'/ \n\t\r1234567890abcXYZ",
    " ", "  ", "\n\n", "\n", "```", "~~~", "**", "__", "---", "===", "- ", "1. ", "1) ", "> ", "# ", "](", "![", "](<",
    "&amp;", "&lt;", "&#42;", "&nbsp;", "<b>", "</b>", "<br>", "<!--", "-->", "]]>", "<![CDATA[", "<script>",
    "\\\n", "  \n", "https://example.org/a_b_c?d=1&e=(2)", "http://example.org", "ada@example.org", "@Ada Lovelace",
    "snake_case_name", "C:\\Users\\ada", "[x]: /y", "<https://example.org>", "———", "• ", "word",
]  # fmt: skip
EXOTIC = [
    *"é中文注意：。「」あい한글عربىעברית😀👍🏽👩‍👩‍👧€£→½",
    *"\u200b\u200d\u202e\u00a0\u2009\u3000\u2028\x85\u00ad\u0301",
    "\ufeff", "\ufffd", "\x00", "\x07", "\x0b", "\x1b", "\x7f", "\x9f", "\ufffe", "\ufdd0", "\ud800", "\U0001ffff",
]  # fmt: skip

words = st.lists(
    st.one_of(st.sampled_from(SPECIAL), st.sampled_from(EXOTIC), st.text(max_size=6), st.sampled_from("abc de")),
    max_size=7,
).map("".join)

hrefs = st.one_of(
    st.just(""),
    st.sampled_from([
        "https://example.org", "https://example.org/", "http://example.org/a(b)c", "https://example.org/?a=1&copy;=2",
        "https://example.org/ü ß", "mailto:ada@example.org", "javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x",
        "/relative", "//host/x", "https://example.org/%zz%41", "tel:+49", "https://example.org/a\\b<c>\"d'e`*_[]",
        "https://", "vbscript:x", "https://example.org/a_b_c?d=1&e=(2)", "http://example.org",
    ]),
    words.map(lambda text: "https://example.org/" + text),
)  # fmt: skip

spans = st.builds(Span, words, st.frozensets(st.sampled_from(MARKS), max_size=3), hrefs | st.just("") | st.just(""))
rows = st.lists(spans, max_size=6).map(tuple)
code = st.lists(st.one_of(words, st.sampled_from(["", "  x", "\tx", "```", "~~~", "    ", "> y"])), max_size=5).map(
    "\n".join
)

leaves: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, rows),
    st.builds(Paragraph, rows),
    st.builds(Heading, st.integers(1, 6), rows),
    st.builds(CodeBlock, code, st.sampled_from(["", "py", "c++", "a b", "`"])),
    st.just(Rule()),
)


def _containers(blocks: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    several = st.lists(blocks, max_size=4).map(tuple)
    items = st.lists(several, max_size=4).map(tuple)
    return st.one_of(
        st.builds(Quote, several),
        st.builds(List, items, st.just(False)),
        st.builds(List, items, st.just(True), st.sampled_from([0, 1, 2, 9, 10, 999_999_999])),
    )


blocks: st.SearchStrategy[Block] = st.recursive(leaves, _containers, max_leaves=12)


# Hypothesis prints a nested value twice for each level it is nested, and remembers how mapped and built ones were made:
# the report of one failure would take minutes. So what tests are given is composed, and prints itself.


def _show(value: object, printer: RepresentationPrinter, _cycle: bool) -> None:
    printer.text(repr(value))


_PRINTING = "_repr_pretty_"
for _shape in (Document, Paragraph, Heading, Quote, List, CodeBlock, Rule):
    setattr(_shape, _PRINTING, _show)


@st.composite
def _untidy(draw: st.DrawFn) -> Document:
    return Document(tuple(draw(st.lists(blocks, max_size=5))))


@st.composite
def _tidy(draw: st.DrawFn) -> Document:
    return tidy(draw(_untidy()))


@st.composite
def _rendered(draw: st.DrawFn) -> str:
    return render(draw(_tidy()))


@st.composite
def _typed(draw: st.DrawFn) -> str:
    lines = ["", "- a", "  - b", "1. c", "> d", "```", "    e", "# f", "---", "*g*"]
    return "\n".join(draw(st.lists(st.one_of(words, st.sampled_from(lines)), max_size=10)))


untidy_documents = _untidy()
documents = _tidy()
"""Documents in normal form."""

_crumbs = st.builds(
    Span,
    st.sampled_from(
        [
            "a",
            "b",
            "é",
            "注",
            "：",
            "!",
            "*",
            "_",
            "~",
            "`",
            "[",
            "]",
            "(",
            " ",
            "\n",
            "\\",
            "&",
            "1.",
            "-",
            "ab",
            "👍",
            "\u00a0",
        ]
    ),
    st.frozensets(st.sampled_from(MARKS), max_size=4),
    st.sampled_from(["", "", "", "https://example.org/a", "https://example.org/b"]),
)


@st.composite
def _crowded(draw: st.DrawFn) -> Document:
    return tidy(Document((Paragraph(tuple(draw(st.lists(_crumbs, min_size=4, max_size=14)))),)))


crowded = _crowded()
"""A paragraph of many tiny spans, so that marks begin and end everywhere."""

markdown = st.one_of(_rendered(), words, _typed())
"""Anything a person may write, good CommonMark and bad."""

TAGS = [
    "p", "div", "span", "br", "b", "strong", "i", "em", "u", "s", "del", "strike", "code", "pre", "a", "ul", "ol", "li",
    "blockquote", "h1", "h2", "h3", "h6", "hr", "table", "tr", "td", "th", "img", "script", "style", "x-y",
]  # fmt: skip

_tags = st.builds(
    lambda name, shape, attribute: {
        "open": f"<{name}{attribute}>",
        "close": f"</{name}>",
        "void": f"<{name}{attribute}/>",
    }[shape],
    st.sampled_from(TAGS),
    st.sampled_from(["open", "open", "close", "close", "void"]),
    st.sampled_from(
        [
            "",
            "",
            "",
            ' href="https://example.org/x"',
            " start=3",
            ' style="font-weight:bold"',
            " a='>'",
            ' "',
            " class=language-py",
        ]
    ),
)
html = st.lists(st.one_of(_tags, _tags, words), max_size=25).map("".join)
"""Tag soup."""
