"""Descriptions: what rich text is taken, how it comes back, what plain text makes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.asana import richtext
from tests.sandbox.asana.desk import Office

LINK = '<body><a href="https://example.org?a=1&amp;b=2">x</a></body>'
TABLE = "<body><table><tr><td>x</td></tr></table></body>"
SHOWN = "notes,html_notes,modified_at"


def rewritten(office: Office, html: str) -> str:
    gid = office.ada.task(office.project, html_notes=html)
    shown: str = office.ada.get(f"/tasks/{gid}", opt_fields="html_notes")["html_notes"]
    return shown


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("<body></body>", "<body></body>"),
        ("<body/>", "<body></body>"),
        ("<body>a &quot;b&quot; &#38; &apos;c&#x27;</body>", "<body>a \"b\" &amp; 'c'</body>"),
        ("<body>one\r\ntwo\n\n </body>", "<body>one\ntwo</body>"),
        ("<body><ul>\n <li>a</li>\n <li>b</li>\n</ul></body>", "<body><ul><li>a</li><li>b</li></ul></body>"),
        ("<body><h1>Top</h1><hr></hr>x</body>", "<body><h1>Top</h1><hr/>x</body>"),
        (LINK.replace('"', "'"), LINK),
        ("<body><![CDATA[1 < 2]]><!-- aside --></body>", "<body>1 &lt; 2</body>"),
        ("<body><table> <tr>\n<td>x</td></tr></table></body>", TABLE),
    ],
)
def test_rich_text_comes_back_in_asanas_spelling(office: Office, sent: str, kept: str) -> None:
    assert rewritten(office, sent) == kept


@pytest.mark.parametrize(
    "html",
    [
        "",
        "plain",
        "<p>x</p>",
        "<body><p>x</p></body>",
        "<body>a<br/>b</body>",
        "<body><div>x</div></body>",
        "<body><h3>x</h3></body>",
        "<body><strong>x</body>",
        "<body>a & b</body>",
        "<body>&nbsp;</body>",
        "<body><STRONG>x</STRONG></body>",
        "<body class='x'>x</body>",
        "<body><strong class='x'>x</strong></body>",
        "<body><a href=x>x</a></body>",
        "<body><a>x</a></body>",
        "<body><a href='https://example.org' title='x'>x</a></body>",
        "<body><li>x</li></body>",
        "<body><ul>x</ul></body>",
        "<body><h1><ul><li>x</li></ul></h1></body>",
        "<body><table><td>x</td></table></body>",
        "<body><hr>x</hr></body>",
        "<body>\x00</body>",
        "<body>x</body><body>y</body>",
        "<!DOCTYPE body [<!ENTITY e 'x'>]><body>&e;</body>",
        "<body>" + "<em>" * 200 + "</em>" * 200 + "</body>",
        "<body><a data-asana-gid='99'/></body>",
    ],
)
def test_malformed_or_foreign_markup_is_refused_with_the_whole_request(office: Office, html: str) -> None:
    body = {"name": "x", "projects": [office.project], "html_notes": html}
    assert office.ada.refused(400, "POST", "/tasks", body).startswith("html_notes: XML is invalid")
    assert office.state.tasks == {}


def test_projects_take_fewer_tags_than_tasks(office: Office) -> None:
    path = f"/projects/{office.project}"
    office.ada.refused(400, "PUT", path, {"html_notes": "<body><h1>x</h1></body>"})
    office.ada.refused(400, "PUT", path, {"html_notes": 5})
    office.ada.put(path, html_notes="<body><em>x</em></body>")
    shown = office.ada.get(path, opt_fields="notes,html_notes")
    assert (shown["notes"], shown["html_notes"]) == ("x", "<body><em>x</em></body>")


def test_a_mention_is_expanded_and_the_mentioned_person_follows(office: Office) -> None:
    gid = office.ada.task(office.project, html_notes=f'<body>Ask <a data-asana-gid="{office.bo.gid}"/></body>')
    task = office.ada.get(f"/tasks/{gid}", opt_fields=f"{SHOWN},followers")
    url = f"https://app.asana.com/1/{office.state.workspace.gid}/profile/{office.bo.gid}"
    assert task["html_notes"] == (
        f'<body>Ask <a href="{url}" data-asana-accessible="true" data-asana-dynamic="true" '
        f'data-asana-type="user" data-asana-gid="{office.bo.gid}">@Bo Lindqvist</a></body>'
    )
    assert task["notes"] == f"Ask {url}"
    assert [person["gid"] for person in task["followers"]] == [office.ada.gid, office.bo.gid]
    assert office.state.notified == [(office.bo.gid, "mentioned", gid, "inbox")]


def test_a_mention_added_later_makes_a_follower_too(office: Office) -> None:
    gid = office.ada.task(office.project)
    after = office.ada.put(f"/tasks/{gid}", html_notes=f'<body><a data-asana-gid="{office.bo.gid}"/></body>')
    assert [person["gid"] for person in after["followers"]] == [office.ada.gid, office.bo.gid]
    office.bo.post(f"/tasks/{gid}/removeFollowers", followers=["me"])
    text = f'<body>By <a data-asana-gid="{office.bo.gid}"/></body>'
    assert len(office.ada.put(f"/tasks/{gid}", html_notes=text)["followers"]) == 1
    assert len(office.state.notified) == 1


def test_links_to_objects_follow_their_name_unless_they_keep_their_own(office: Office) -> None:
    target = office.ada.task(office.project, "Old name")
    html = (
        f'<body><a href="https://app.asana.com/0/0/{target}/f">x</a> '
        f'<a data-asana-gid="{target}" data-asana-dynamic="false">that one</a></body>'
    )
    gid = office.ada.task(office.project, html_notes=html)
    office.ada.put(f"/tasks/{target}", name="New & better")
    shown = office.ada.get(f"/tasks/{gid}", opt_fields="html_notes")["html_notes"]
    assert ">New &amp; better</a> " in shown
    assert 'data-asana-dynamic="false"' in shown
    assert ">that one</a>" in shown


def test_a_link_to_what_the_reader_cannot_see_is_private(office: Office) -> None:
    secret = office.state.add_project("Secret", members=[office.ada.gid], private=True)
    html = f'<body><a data-asana-gid="{secret}"/></body>'
    gid = office.ada.task(office.project, html_notes=html)
    shown = office.bo.get(f"/tasks/{gid}", opt_fields="html_notes")["html_notes"]
    assert shown == (
        f'<body><a href="https://app.asana.com/0/{secret}/list" data-asana-accessible="false" '
        'data-asana-dynamic="true">Private Link</a></body>'
    )
    office.bo.refused(400, "PUT", f"/tasks/{gid}", {"html_notes": html})
    office.bo.put(f"/tasks/{gid}", html_notes=shown)


def test_writing_back_what_was_read_changes_nothing(office: Office) -> None:
    html = (
        f'<body><h2>Plan</h2><a data-asana-gid="{office.bo.gid}"/> reads <code>a &lt; b</code>\n\n'
        f'<ol><li>one<ul><li>two</li></ul></li></ol><a data-asana-gid="{office.project}"/></body>'
    )
    gid = office.ada.task(office.project, html_notes=html)
    before = office.ada.get(f"/tasks/{gid}", opt_fields=SHOWN)
    office.clock.pass_by(minutes=1)
    office.ada.put(f"/tasks/{gid}", html_notes=before["html_notes"])
    assert office.ada.get(f"/tasks/{gid}", opt_fields=SHOWN) == before


def test_plain_notes_become_rich_text_with_links_and_drop_what_was_there(office: Office) -> None:
    gid = office.ada.task(office.project, html_notes="<body><strong>Bold</strong></body>")
    office.ada.put(f"/tasks/{gid}", notes="a < b\r\nsee https://example.org/x?a=1&b=2.")
    task = office.ada.get(f"/tasks/{gid}", opt_fields=SHOWN)
    assert task["notes"] == "a < b\nsee https://example.org/x?a=1&b=2."
    assert task["html_notes"] == (
        '<body>a &lt; b\nsee <a href="https://example.org/x?a=1&amp;b=2">https://example.org/x?a=1&amp;b=2</a>.</body>'
    )


def test_the_plain_text_of_lists_and_headings(office: Office) -> None:
    html = "<body><h1>Top</h1>text<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>end</body>"
    gid = office.ada.task(office.project, html_notes=html)
    assert office.ada.get(f"/tasks/{gid}")["notes"] == "Top\ntext\n• a\n1. b\n2. c\n• d\nend"


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)
INLINE = st.recursive(
    WORDS.map(richtext.escape),
    lambda inner: st.tuples(st.sampled_from(["strong", "em", "u", "s", "code"]), st.lists(inner)).map(
        lambda parts: f"<{parts[0]}>{''.join(parts[1])}</{parts[0]}>"
    ),
    max_leaves=6,
)
LISTS = st.tuples(st.sampled_from(["ul", "ol"]), st.lists(INLINE)).map(
    lambda parts: f"<{parts[0]}> {''.join(f'<li>{item}</li>' for item in parts[1])}</{parts[0]}>"
)


@given(st.lists(INLINE | LISTS))
def test_what_is_written_reads_back_the_same_for_ever(parts: list[str]) -> None:
    def as_given(attributes: dict[str, str]) -> dict[str, str]:
        return attributes

    once = richtext.write(richtext.accept(f"<body>{''.join(parts)}</body>", as_given, in_task=True))
    assert richtext.write(richtext.accept(once, as_given, in_task=True)) == once


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))))
def test_plain_text_survives_its_rich_form(text: str) -> None:
    rich = richtext.parse(richtext.from_plain(text))
    assert richtext.to_plain(rich, str) == text
