import pytest

from sandbox.microsoft365.bodies import EMPTY, body_from
from tests.sandbox.microsoft365.harness import MAILBOX, Graph, Json, event, weekly, window

TEXT = 'outlook.body-content-type="text"'


def html(content: str) -> Json:
    return {"contentType": "html", "content": content}


def test_html_comes_back_wrapped_in_a_document(graph: Graph) -> None:
    made = graph.create(event(body=html("<p>Bring <b>questions</b></p>\n<p>Tea</p>")))
    assert made["body"] == {
        "contentType": "html",
        "content": "<html><head>\r\n"
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n'
        "</head>\r\n<body>\r\n<p>Bring <b>questions</b></p>\r\n<p>Tea</p>\r\n</body>\r\n</html>\r\n",
    }
    assert made["bodyPreview"] == "Bring questions\r\nTea"


def test_what_came_back_can_be_sent_again_without_growing(graph: Graph) -> None:
    made = graph.create(event(body=html("<p>Bring <b>questions</b></p>")))
    assert graph.patch(made, {"body": made["body"]})["body"] == made["body"]


def test_html_is_sanitised(graph: Graph) -> None:
    dirty = '<div id="copsync" onclick="x()">Hi<script>alert(1)</script><style>p{}</style></div><iframe src="x">'
    content = graph.create(event(body=html(dirty)))["body"]["content"]
    assert '<div id="copsync">Hi</div>' in content
    for gone in ("script", "alert", "onclick", "style", "iframe"):
        assert gone not in content


def test_text_comes_back_as_html_unless_text_is_preferred(graph: Graph) -> None:
    made = graph.create(event(body={"contentType": "text", "content": "1 < 2\nTea & cake"}))
    assert made["body"]["contentType"] == "html"
    assert "1 &lt; 2<br>\r\nTea &amp; cake" in made["body"]["content"]
    answer = graph.call("GET", f"{graph.user}/events/{made['id']}", prefer=TEXT)
    assert answer.json()["body"] == {"contentType": "text", "content": "1 < 2\r\nTea & cake"}
    assert answer.headers["preference-applied"] == TEXT


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\r\nTwo\r\n"),
        ("One<br>Two<br><br>Three", "One\r\nTwo\r\n\r\nThree\r\n"),
        ("<div>One <b>bold</b> word,\n two</div>", "One bold word, two\r\n"),
        ("<ul><li>Tea</li><li>Cake</li></ul>", "* Tea\r\n  * Cake\r\n"),
        ('<a href="https://example.org/x">the page</a>', "the page<https://example.org/x>\r\n"),
        ('<a href="https://example.org/x">https://example.org/x</a>', "https://example.org/x\r\n"),
        ("Ada &amp; Grace &lt;3", "Ada & Grace <3\r\n"),
        ("<p></p>", ""),
    ],
)
def test_html_as_text(content: str, text: str) -> None:
    assert body_from(html(content)).as_text == text


@pytest.mark.parametrize("body", [None, {}, {"content": None}, html(""), {"contentType": "text", "content": ""}])
def test_an_empty_body_is_not_wrapped(body: Json | None) -> None:
    assert body_from(body) == EMPTY
    assert EMPTY.answer(text=False) == html("")


def test_an_online_meeting_has_an_address_and_a_block_in_the_body(graph: Graph) -> None:
    made = graph.create(
        event(body=html("<p>Agenda</p>"), isOnlineMeeting=True, onlineMeetingProvider="teamsForBusiness")
    )
    join_url = made["onlineMeeting"]["joinUrl"]
    assert (made["isOnlineMeeting"], made["onlineMeetingProvider"]) == (True, "teamsForBusiness")
    assert join_url in made["body"]["content"]
    assert "Agenda" in made["body"]["content"]
    other = graph.create(event(isOnlineMeeting=True))
    assert other["onlineMeeting"]["joinUrl"] != join_url
    assert graph.create(event())["onlineMeeting"] is None


def test_a_body_without_the_block_ends_the_meeting(graph: Graph) -> None:
    made = graph.create(event(isOnlineMeeting=True))
    longer = made["body"]["content"].replace("<body>", "<body><p>Agenda</p>")
    kept = graph.patch(made, {"subject": "Renamed", "body": html(longer)})
    assert kept["onlineMeeting"] == made["onlineMeeting"]
    assert "Agenda" in kept["bodyPreview"]
    ended = graph.patch(made, {"body": html("<p>Agenda</p>")})
    assert (ended["isOnlineMeeting"], ended["onlineMeeting"]) == (False, None)
    again = graph.patch(made, {"isOnlineMeeting": True})
    assert again["onlineMeeting"]["joinUrl"] != made["onlineMeeting"]["joinUrl"]


def test_the_switch_cannot_end_a_meeting(graph: Graph) -> None:
    made = graph.create(event(isOnlineMeeting=True))
    for body in ({"isOnlineMeeting": False}, {"onlineMeetingProvider": "unknown"}, {"isOnlineMeeting": True}):
        assert graph.patch(made, body)["onlineMeeting"] == made["onlineMeeting"]


def test_without_a_licence_the_switch_is_ignored(graph: Graph) -> None:
    graph.state.mailbox(MAILBOX).online_meetings = False
    assert graph.get("/calendar")["allowedOnlineMeetingProviders"] == []
    made = graph.create(event(isOnlineMeeting=True, onlineMeetingProvider="teamsForBusiness"))
    assert (made["isOnlineMeeting"], made["onlineMeeting"]) == (False, None)


def test_a_meeting_of_a_series_is_shared_and_one_occurrence_can_leave_it(graph: Graph) -> None:
    made = graph.create(event(isOnlineMeeting=True, recurrence=weekly()))
    path = f"/events/{made['id']}/instances?{window('2026-03-01', '2026-04-01')}"
    rows = graph.get(path)["value"]
    assert {row["onlineMeeting"]["joinUrl"] for row in rows} == {made["onlineMeeting"]["joinUrl"]}
    graph.patch(rows[1], {"body": html("In person")})
    assert [row["isOnlineMeeting"] for row in graph.get(path)["value"]] == [True, False, True, True]
