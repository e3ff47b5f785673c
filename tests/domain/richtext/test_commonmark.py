"""CommonMark: what is read, the normal form it is written in, and the laws between the two."""

import timeit

import pytest
from hypothesis import given

from domain.richtext.commonmark import is_plain, normalise, parse, render
from domain.richtext.tidy import tidy
from domain.richtext.tree import (
    MAX_DEPTH,
    Block,
    CodeBlock,
    Document,
    Heading,
    List,
    Mark,
    Paragraph,
    Quote,
    Rule,
    Span,
    mention,
)
from tests.domain.richtext.strategies import crowded, documents, markdown, untidy_documents

STRONG: frozenset[Mark] = frozenset({"strong"})
EMPHASIS: frozenset[Mark] = frozenset({"emphasis"})
STRIKE: frozenset[Mark] = frozenset({"strike"})
CODE: frozenset[Mark] = frozenset({"code"})


def text(words: str) -> Paragraph:
    return Paragraph((Span(words),))


# Laws


@given(untidy_documents)
def test_the_normal_form_of_a_document_is_its_own_normal_form(document: Document) -> None:
    once = tidy(document)
    assert tidy(once) == once


@given(documents)
def test_reading_what_was_written_gives_the_document(document: Document) -> None:
    assert parse(render(document)) == document


@given(crowded)
def test_marks_that_begin_and_end_everywhere_survive(document: Document) -> None:
    assert parse(render(document)) == document


@given(markdown)
def test_normalising_twice_changes_nothing_and_keeps_the_meaning(words: str) -> None:
    once = normalise(words)
    assert normalise(once) == once
    assert parse(once) == parse(words)
    assert tidy(parse(words)) == parse(words)
    assert once.encode().decode() == once
    assert once == once.strip("\n")


# Meaning


@pytest.mark.parametrize(
    ("words", "blocks"),
    [
        ("one\ntwo", [text("one two")]),
        ("one  \ntwo", [text("one\ntwo")]),
        ("one\\\ntwo", [text("one\ntwo")]),
        ("one\n\ntwo", [text("one"), text("two")]),
        ("**a** *b* ~~c~~ `d`", [Paragraph((
            Span("a", STRONG), Span(" "), Span("b", EMPHASIS), Span(" "), Span("c", STRIKE), Span(" "), Span("d", CODE),
        ))]),
        ("***a***", [Paragraph((Span("a", STRONG | EMPHASIS),))]),
        ("[a](https://example.org/b 'title')", [Paragraph((Span("a", href="https://example.org/b"),))]),
        ("[a][1]\n\n[1]: https://example.org/b", [Paragraph((Span("a", href="https://example.org/b"),))]),
        ("![a](https://example.org/b.png)", [Paragraph((Span("a", href="https://example.org/b.png"),))]),
        ("<https://example.org/b>", [text("https://example.org/b")]),
        ("<ada@example.org>", [text("ada@example.org")]),
        ("# a", [Heading(1, (Span("a"),))]),
        ("a\n===", [Heading(1, (Span("a"),))]),
        ("- a\n- b", [List(((text("a"),), (text("b"),)))]),
        ("- a\n  - b", [List(((text("a"), List(((text("b"),),))),))]),
        ("3. a\n4. b", [List(((text("a"),), (text("b"),)), ordered=True, start=3)]),
        ("0) a", [List(((text("a"),),), ordered=True, start=0)]),
        ("-\n- b", [List(((), (text("b"),)))]),
        ("> a\n> > b", [Quote((text("a"), Quote((text("b"),))))]),
        ("```py\na  b\n```", [CodeBlock("a  b", "py")]),
        ("    a", [CodeBlock("a")]),
        ("***", [Rule()]),
        ("<b>a</b>", [text("<b>a</b>")]),
        ("<script>\nalert(1)\n</script>", [text("<script> alert(1) </script>")]),
        ("&lt;&amp;&#42;", [text("<&*")]),
        ("a\u00a0b", [text("a\u00a0b")]),
        ("#", []),
        (">", []),
    ],
)  # fmt: skip
def test_what_a_text_means(words: str, blocks: list[Block]) -> None:
    assert parse(words) == Document(tuple(blocks))


@pytest.mark.parametrize(
    ("words", "normal"),
    [
        ("a *b* __c__", "a _b_ **c**"),
        ("a\n===\n* b\n* c\n", "# a\n\n- b\n- c"),
        ("a   b\t c ", "a b c"),
        ("snake_case_name 2 * 3", "snake_case_name 2 \\* 3"),
        ("_a", "\\_a"),
        ("a < b > c & d", "a < b > c & d"),
        ("<b> &copy;x &amp;copy;", "\\<b> ©x \\&copy;"),
        ("1986\\. A great year", "1986\\. A great year"),
        ("\\- a", "\\- a"),
        ("\\+1 from me", "+1 from me"),
        ("#hashtag", "#hashtag"),
        ("- a\n\n* b", "- a\n\n* b"),
        ("1. a\n\n1) b", "1. a\n\n1) b"),
        ("- * - a", "- * - a"),
        ("~5 minutes", "\\~5 minutes"),
        ("[x] done", "\\[x] done"),
        ("**注意：**これ", "\\*\\*注意：\\*\\*これ"),
        ("[a](https://example.org/b_(c))", "[a](<https://example.org/b_(c)>)"),
        ("[a](HTTPS://example.org/ü)", "[a](https://example.org/%C3%BC)"),
        ("[a](https://example.org/)", "[a](https://example.org)"),
        ("[https://example.org/](https://example.org)", "https://example.org/"),
        ("wow![a](https://example.org/b)", "wow[a](https://example.org/b)"),
        ("wow\\![a](https://example.org/b)", "wow\\![a](https://example.org/b)"),
        ("`` a`b ``", "``a`b``"),
        ("```\na\n~~~\n```", "```\na\n~~~\n```"),
        ("~~~\n```\n~~~", "````\n```\n````"),
        ("a  \n  \n\n\nb", "a\n\nb"),
        ("- a\n\n\n- b", "- a\n- b"),
        ("para\n- a", "para\n\n- a"),
        ("*a*b", "_a_&#98;"),
    ],
)
def test_the_normal_form(words: str, normal: str) -> None:
    assert normalise(words) == normal
    assert parse(normal) == parse(words)


def test_marks_end_beside_white_space_and_neighbours_become_one() -> None:
    words = Paragraph((Span("a", STRONG), Span(" b ", STRONG), Span("", CODE), Span("c")))
    assert tidy(Document((words,))) == Document((Paragraph((Span("a b", STRONG), Span(" c"))),))


@pytest.mark.parametrize(
    ("inner", "written"),
    [
        (List(((text("b"),),)), "- a\n  - b"),
        (List(((text("b"),),), ordered=True), "- a\n  1. b"),
        (List(((text("b"),),), ordered=True, start=3), "- a\n\n  3. b"),
        (List(((), (text("b"),))), "- a\n\n  -\n  - b"),
    ],
)
def test_a_list_that_may_not_interrupt_a_paragraph_does_not(inner: List, written: str) -> None:
    document = Document((List(((text("a"), inner),)),))
    assert render(document) == written
    assert parse(written) == document


@pytest.mark.parametrize(
    ("document", "written"),
    [
        (Document((List(((Rule(),),)),)), "- ___"),
        (Document((List(((List(((List(((),)),),)),),)),)), "- * -"),
        (Document((List(((text("a"),),)), List(((text("b"),),)), List(((text("c"),),)))), "- a\n\n* b\n\n- c"),
        (Document((Heading(2, (Span("a #"),)),)), "## a \\#"),
        (Document((text("a\n---"),)), "a\\\n\\---"),
        (Document((text("a\n==="),)), "a\\\n\\==="),
        (Document((text("a\n- b\n2. c\n> d\n# e"),)), "a\\\n\\- b\\\n2\\. c\\\n\\> d\\\n\\# e"),
    ],
)
def test_what_would_read_as_something_else(document: Document, written: str) -> None:
    assert render(document) == written
    assert parse(written) == document


def test_overlapping_marks_survive() -> None:
    words = Document((Paragraph((Span("a", STRONG), Span("b", STRONG | EMPHASIS), Span("c", EMPHASIS))),))
    assert render(words) == "**&#97;_b_**_c_"
    assert parse(render(words)) == words


def test_bold_before_a_letter_without_a_space_is_still_bold() -> None:
    words = Document((Paragraph((Span("注意：", STRONG), Span("これ"))),))
    assert render(words) == "**注意：**&#12371;れ"
    assert parse(render(words)) == words


def test_a_single_letter_between_marks_on_both_sides() -> None:
    words = Document((Paragraph((Span("x"), Span("a", STRIKE), Span("!b", STRIKE | STRONG), Span("c"))),))
    assert render(words) == "&#120;~~&#97;**!b**~~&#99;"
    assert parse(render(words)) == words


def test_a_link_across_a_line_break_and_code_in_it() -> None:
    href = "https://example.org/a?b=1&copy;=2"
    words = Document((Paragraph((Span("a]\nb ", href=href), Span("c`d", CODE, href))),))
    assert render(words) == "[a\\]\\\nb ``c`d``](https://example.org/a?b=1\\&copy;=2)"
    assert parse(render(words)) == words


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "JaVa\tScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//example.org",
        "/relative",
        "https://",
        "https:example.org",
        "https://example.org/" + "x" * 9000,
    ],
)
def test_unsafe_links_lose_the_link_and_keep_the_text(href: str) -> None:
    assert tidy(Document((Paragraph((Span("a", href=href),)),))) == Document((text("a"),))


@pytest.mark.parametrize("words", ["[a](javascript:alert(1))", "[a](<java&#115;cript:x>)", "[a][1]\n\n[1]: data:x"])
def test_unsafe_links_in_commonmark(words: str) -> None:
    assert normalise(words) == "a"


def test_what_no_tool_may_receive_is_dropped() -> None:
    assert normalise("a\x00b\x07c\ud800d\ufffee\x9bf&#0;g") == "abcdef\ufffdg"
    assert normalise("a\u2028b\x0cc\x85d") == "a b c d"
    assert parse("```\na\x1b[0m\r\nb\n```") == Document((CodeBlock("a[0m\nb"),))


def test_a_mention_is_its_name_as_text() -> None:
    assert mention("Ada  Lovelace") == mention("@Ada Lovelace") == Span("@Ada Lovelace")
    assert normalise("hello @Ada Lovelace") == "hello @Ada Lovelace"


# Depth


def depth_of(blocks: tuple[Block, ...]) -> int:
    deepest, work = 0, [(blocks, 0)]
    while work:
        inside, depth = work.pop()
        deepest = max(deepest, depth)
        for block in inside:
            if isinstance(block, Quote):
                work.append((block.blocks, depth + 1))
            elif isinstance(block, List):
                work.extend((item, depth + 1) for item in block.items)
    return deepest


@pytest.mark.parametrize("levels", [MAX_DEPTH, MAX_DEPTH + 1, 30, 10_000])
@pytest.mark.parametrize("marker", ["> ", "- ", "1. "])
def test_deep_nesting_keeps_the_text(marker: str, levels: int) -> None:
    document = parse(marker * levels + "bottom")
    assert depth_of(document.blocks) <= MAX_DEPTH
    assert "bottom" in render(document)
    assert parse(render(document)) == document


def test_lists_nested_by_indentation_keep_every_item() -> None:
    words = "\n".join("  " * level + f"- item{level}x" for level in range(300))
    normal = normalise(words)
    assert all(f"item{level}x" in normal for level in range(300))


def test_square_brackets_ten_thousand_deep() -> None:
    words = "[" * 10_000 + "a](https://example.org/b)"
    assert normalise(normalise(words)) == normalise(words)


# Cost


@pytest.mark.parametrize(
    "words",
    [
        "",
        "plain",
        "Bring the slides, please! (And the list: 3 things.)",
        "Größe – 50 %",
        "one\n\ntwo words\n\n2026 three",
    ],
)
def test_plain_text_is_its_own_normal_form(words: str) -> None:
    assert words == "" or is_plain(words)
    assert normalise(words) is words
    assert render(parse(words)) == words


@pytest.mark.parametrize(
    "words",
    ["- a", "a\nb", "a  b", " a", "a ", "# a", "1. a", "> a", "=", "a*b", "a_b", "`a", "[a", "<a", "&a", "~a", "a\\",
     "\n", "a\n\n\nb", "a\n\n- b", "a\u2028b", "a\x00b", "a\u00a0b", "\ud800"],
)  # fmt: skip
def test_what_might_be_formatting_is_not_plain(words: str) -> None:
    assert not is_plain(words)


def best_of(words: str) -> float:
    """Microseconds for one call, the best of many rounds: other load on the machine must not fail a test."""
    return min(timeit.repeat(lambda: normalise(words), number=200, repeat=40)) / 200 * 1e6


def test_plain_text_costs_next_to_nothing() -> None:
    assert best_of("Bring the slides and the list of open questions to the next gathering in May!") < 5
    assert best_of("") < 1
