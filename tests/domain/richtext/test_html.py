"""HTML: what is read of any quality, what is written, and that reading gives back what was written."""

from functools import cache
from xml.etree import ElementTree

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from domain.richtext.characters import clean
from domain.richtext.commonmark import normalise, parse, render
from domain.richtext.html import HTML, Dialect, Reading, from_html, hold, to_html
from domain.richtext.html_tokens import attributes, plain_text, tokens
from domain.richtext.tidy import tidy
from domain.richtext.tree import CodeBlock, Document, List, Paragraph, Span
from tests.domain.richtext.strategies import documents, html, markdown


def read(source: str) -> str:
    return render(from_html(source))


# Laws


@given(documents)
def test_reading_what_was_written_gives_what_html_holds(document: Document) -> None:
    held = hold(document, HTML)
    assert from_html(to_html(document)) == held
    assert hold(held, HTML) == held


@given(html)
def test_tag_soup_reads_as_a_document_in_normal_form(source: str) -> None:
    document = from_html(source)
    assert tidy(document) == document
    assert parse(render(document)) == document
    assert from_html(to_html(document)) == hold(document, HTML)


@cache
def reference() -> MarkdownIt:
    class Reference(MarkdownIt):
        def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
            return url

        def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
            return True

    return Reference("commonmark", {"html": False, "maxNesting": 40}).enable("strikethrough")


@given(markdown)
def test_both_readers_agree_on_what_another_renderer_makes_of_commonmark(words: str) -> None:
    assert from_html(reference().render(clean(words))) == parse(words)


# Reading


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<p>one<br>two<br/>three</p>", "one\\\ntwo\\\nthree"),
        ("<div>one</div><div>two</div>", "one\\\ntwo"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("<div>one</div><div>&nbsp;</div><div>two</div>", "one\n\ntwo"),
        ("<div>one<br></div><div>two</div>", "one\\\ntwo"),
        ("one<br><br>two<br><br><br>three", "one\n\ntwo\n\nthree"),
        ("<p>one\n  two\t three</p>\n\n", "one two three"),
        ("<b>a</b> <strong>b</strong> <i>c</i><em>d</em> <u>e</u> <s>f</s> <del>g</del><strike>h</strike>",
         "**a b** _cd_ e ~~f gh~~"),
        ("<b><i>a</b>b</i>", "_**a**b_"),
        ("<b>one<p>two</p>three</b>", "**one**\n\n**two**\n\n**three**"),
        ("a<b> b </b>c", "a **b** c"),
        ("<code>a  b</code> <kbd>c</kbd> <tt>d</tt>", "`a b` `c` `d`"),
        ("<pre>a  b\n  c</pre>", "```\na  b\n  c\n```"),
        ('<pre><code class="language-py">a &lt; b\n</code></pre>', "```py\na < b\n```"),
        ('<a href="https://example.org/?a=1&amp;b=2">a</a>', "[a](https://example.org/?a=1&b=2)"),
        ("<a href=https://example.org/a>a</a>", "[a](https://example.org/a)"),
        ('<a href="https://example.org">https://example.org/</a>', "https://example.org/"),
        ('<a href="mailto:ada@example.org">ada@example.org</a>', "ada@example.org"),
        ('<a href=" java\nscript:alert(1)">a</a>', "a"),
        ('<a href="/here">a</a> <a name="x">b</a>', "a b"),
        ('<a href="https://example.org/a"><p>one</p><p>two</p></a>',
         "[one](https://example.org/a)\n\n[two](https://example.org/a)"),
        ('<img src="https://example.org/a.png" alt="a cat">', "[a cat](https://example.org/a.png)"),
        ('<img src="https://example.org/a.png">', "https://example.org/a.png"),
        ('<img src="cid:1" alt="a cat">', "a cat"),
        ('a<img src="cid:1"><img>b', "ab"),
        ('<a href="https://example.org/b"><img src="https://example.org/a.png" alt="a"></a>',
         "[a](https://example.org/b)"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", "- a\n  - b"),
        ("<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>", "- a\n  - b\n- c"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ('<ol start="-3"><li>a</li></ol>', "1. a"),
        ("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n\n  b"),
        ("<ul>a<li>b</li></ul>", "- a\n- b"),
        ("<li>a</li><li>b</li>c", "- a\n- b\n\nc"),
        ("<ul></ul>", ""),
        ("<ul><li></li></ul>", "-"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
        ("<h1>a</h1><h2>b<br>c</h2><h7>d</h7>text", "# a\n\n## b c\n\n###### d\n\ntext"),
        ("a<hr>b", "a\n\n---\n\nb"),
        ("<table><tr><th>a</th><td>b</td></tr><tr><td>c</td><td></td><td>d</td></tr></table>", "a | b\\\nc | d"),
        ("<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>", "a\n\nb"),
        ("<script>alert(1)</script><style>p{}</style><title>t</title>a<!-- b --><!DOCTYPE html><?php c ?>", "a"),
        ("<html><head><title>a</title></head><body>b</body></html>", "b"),
        ("<svg><text>a</text></svg>b", "b"),
        ("<o:p>a</o:p> <x-y z>b</x-y>", "a b"),
        ("a < b <3 &lt;b&gt; &amp;amp; &copy &#8364;", "a < b <3 \\<b> \\&amp; © €"),
        ('<span style="font-weight:bold">a</span> <span style="FONT-STYLE: italic">b</span>', "**a** _b_"),
        ('<b style="font-weight:normal">a <b>b</b></b>', "a **b**"),
        ("<p title='a > b'>c</p>", "c"),
        ("a <b", "a \\<b"),
        ("<", "<"),
        ("<p", "\\<p"),
        ("</p>a</", "a\\</"),
        ("<!-- never closed <p>a</p>", ""),
        ("<b/>a", "a"),
    ],
)  # fmt: skip
def test_what_html_means(source: str, words: str) -> None:
    assert read(source) == words
    assert normalise(words) == words


def test_a_dialect_may_read_line_feeds_as_line_breaks() -> None:
    reading = Reading(newlines=True)
    source = "one\ntwo\n\nthree<ul>\n<li>a\nb</li>\n</ul>\nfour"
    assert render(from_html(source, reading)) == "one\\\ntwo\n\nthree\n\n- a\\\n  b\n\nfour"


def test_a_dialect_may_give_underline_a_meaning() -> None:
    assert render(from_html("<u>a</u>", Reading(marks={"u": "emphasis"}))) == "_a_"


def test_a_dialect_may_read_an_element_as_a_whole() -> None:
    reading = Reading(atoms={"x-file": lambda found, inner: Span(f"{found['name']}: {plain_text(inner)}")})
    source = "a <x-file name='b'><i>c</i>\n<b>d</b></x-file> e <x-file name='f'> g"
    assert render(from_html(source, reading)) == "a b: c d e f: g"


# Writing


def test_all_that_html_holds() -> None:
    words = (
        "# a & b\n\nc **d _e_** ~~f~~ `g<` [h](https://example.org/?i=1&j=2)\\\nk\n\n- l\n  - m\n\n2. n\n\n"
        "> o\n>\n> p\n\n```\nq <\n```\n\n---\n\nr https://example.org/s."
    )
    assert to_html(parse(words)) == (
        "<h1>a &amp; b</h1>"
        "<p>c <strong>d <em>e</em></strong> <s>f</s> <code>g&lt;</code> "
        '<a href="https://example.org/?i=1&amp;j=2">h</a><br>k</p>'
        '<ul><li>l<ul><li>m</li></ul></li></ul><ol start="2"><li>n</li></ol>'
        "<blockquote><p>o</p><p>p</p></blockquote><pre>q &lt;</pre><hr>"
        '<p>r <a href="https://example.org/s">https://example.org/s</a>.</p>'
    )


POOR = Dialect(
    reading=Reading(rule_text="* * *"),
    marks={},
    headings=frozenset(),
    holds=frozenset({"paragraph", "rule"}),
    item_holds=frozenset({"paragraph"}),
    quote_holds=frozenset({"paragraph"}),
    paragraph="div",
    blank_line="<br><br>",
    rule="* * *",
)


@given(documents)
def test_the_poorest_dialect_obeys_the_laws_too(document: Document) -> None:
    held = hold(document, POOR)
    written = to_html(document, POOR)
    assert from_html(written, POOR.reading) == held
    assert hold(held, POOR) == held
    assert {token.name for token in tokens(written) if token.kind == "start"} <= {"div", "br", "a"}


def test_what_a_poor_dialect_makes_of_a_rich_note() -> None:
    words = "# a\n\n- b\n  1. c\n- **d**\n\n> e\n\n```\nf\n\ng\n```\n\n---\n\nh"
    assert render(hold(parse(words), POOR)) == "a\n\n• b\\\n1\\. c\\\n• d\n\ne\n\nf\n\ng\n\n---\n\nh"


@given(documents)
def test_what_is_written_is_well_formed(document: Document) -> None:
    dialect = Dialect(line_break="<br/>", rule="<hr/>")
    ElementTree.fromstring(f"<body>{to_html(document, dialect)}</body>")


# Tokens


def test_tokens_know_where_they_stand() -> None:
    source = "a<B c='>' d>e</b\n><br/><!-- f -->g<script>h</script>&amp;"
    found = [(token.kind, token.name, source[token.start : token.end], token.void) for token in tokens(source)]
    assert found == [
        ("text", "", "a", False),
        ("start", "b", "<B c='>' d>", False),
        ("text", "", "e", False),
        ("end", "b", "</b\n>", False),
        ("start", "br", "<br/>", True),
        ("text", "", "g", False),
        ("text", "", "&amp;", False),
    ]


def test_attributes() -> None:
    assert attributes(""" A="1&amp;2" b='3 "4"' c=5/6 d e="7" e="8" """) == {
        "a": "1&2", "b": '3 "4"', "c": "5/6", "d": "", "e": "7",
    }  # fmt: skip


# Depth


@pytest.mark.parametrize("name", ["div", "blockquote", "ul", "li", "b", "span", "p", "table", "a href=x"])
@pytest.mark.parametrize("closed", [True, False])
def test_ten_thousand_levels(name: str, closed: bool) -> None:
    end = f"</{name.split()[0]}>" * 10_000 if closed else ""
    document = from_html(f"<{name}>" * 10_000 + "bottom" + end)
    assert "bottom" in render(document)
    assert from_html(to_html(document)) == document


def test_deep_lists_keep_their_items() -> None:
    source = "".join(f"<ul><li>item{level}x" for level in range(2000))
    words = read(source)
    assert all(f"item{level}x" in words for level in range(2000))


def test_a_list_directly_in_an_empty_list() -> None:
    assert from_html("<ul><ol><li>a") == Document((List(((List(((Paragraph((Span("a"),)),),), ordered=True),),)),))


def test_code_never_closed_runs_to_the_end() -> None:
    assert from_html("<pre>a<b>b</b><br>c") == Document((CodeBlock("ab\nc"),))
