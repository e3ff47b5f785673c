"""Offsets of elements in HTML."""

from hypothesis import given

from domain.richtext.outline import Outline
from tests.domain.richtext.strategies import html

SOURCE = "<div id=a>one<p>two<br>three</div>four<p>&nbsp;</p>"


def test_every_element_and_text_knows_its_place() -> None:
    outline = Outline(SOURCE)
    found = [(node.name, SOURCE[node.start : node.end], node.parent) for node in outline.nodes]
    assert found == [
        ("div", "<div id=a>one<p>two<br>three</div>", -1),
        ("", "one", 0),
        ("p", "<p>two<br>three", 0),
        ("", "two", 2),
        ("br", "<br>", 2),
        ("", "three", 2),
        ("", "four", -1),
        ("p", "<p>&nbsp;</p>", -1),
        ("", "&nbsp;", 7),
    ]
    div = outline.nodes[0]
    assert SOURCE[div.inner_start : div.inner_end] == "one<p>two<br>three"
    assert div.attributes == {"id": "a"}
    assert list(outline.ancestors(5)) == [5, 2, 0]


def test_text_between_offsets() -> None:
    outline = Outline(SOURCE)
    four, blank = outline.nodes[6], outline.nodes[7]
    assert outline.has_text(0, len(SOURCE))
    assert outline.has_text(four.start, four.end)
    assert not outline.has_text(blank.start, blank.end)


def test_the_smallest_run_of_whole_siblings() -> None:
    outline = Outline(SOURCE)
    start, end = outline.cover(3, 5)
    assert SOURCE[start:end] == "two<br>three"
    start, end = outline.cover(5, 6)
    assert SOURCE[start:end] == "<div id=a>one<p>two<br>three</div>four"
    assert outline.cover(3, 3) == (outline.nodes[3].start, outline.nodes[3].end)


def test_ten_thousand_levels() -> None:
    outline = Outline("<div>" * 10_000 + "bottom")
    assert len(list(outline.ancestors(10_000))) == 10_001


@given(html)
def test_offsets_nest_whatever_the_source(source: str) -> None:
    outline = Outline(source)
    for number, node in enumerate(outline.nodes):
        assert 0 <= node.start <= node.inner_start <= node.inner_end <= node.end <= len(source)
        if node.parent >= 0:
            parent = outline.nodes[node.parent]
            assert node.parent < number
            assert parent.inner_start <= node.start <= node.end <= parent.inner_end
