"""Objects as other programs write them."""

from __future__ import annotations

from textwrap import dedent


def ics(text: str) -> str:
    return dedent(text).strip().replace("\n", "\r\n") + "\r\n"


def event(inner: str = "", *, uid: str = "e1@example.org", outer: str = "", start: str | None = None) -> str:
    start = (
        "DTSTART;TZID=Europe/Berlin:20261201T130000\nDTEND;TZID=Europe/Berlin:20261201T150000"
        if start is None
        else start
    )
    return _object("VEVENT", uid, f"SUMMARY:Gathering\n{start}\n{inner}", outer)


def task(inner: str = "", *, uid: str = "t1@example.org", outer: str = "") -> str:
    return _object("VTODO", uid, f"SUMMARY:Plan\n{inner}", outer)


def _object(component: str, uid: str, inner: str, outer: str) -> str:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Some program//EN", *outer.strip().splitlines()]
    body = [f"BEGIN:{component}", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *inner.strip().splitlines()]
    return "\r\n".join([*head, *body, f"END:{component}", "END:VCALENDAR", ""])


RICH_EVENT = ics(
    """
    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//Some program//EN
    X-WR-CALNAME;X-ODD="a:b;c":Community
    BEGIN:VTIMEZONE
    TZID:W. Europe Standard Time
    BEGIN:STANDARD
    DTSTART:16010101T030000
    TZOFFSETFROM:+0200
    TZOFFSETTO:+0100
    RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
    END:STANDARD
    BEGIN:DAYLIGHT
    DTSTART:16010101T020000
    TZOFFSETFROM:+0100
    TZOFFSETTO:+0200
    RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
    END:DAYLIGHT
    END:VTIMEZONE
    BEGIN:VEVENT
    UID:rich@example.org
    dtstamp:20260101T000000Z
    SUMMARY;LANGUAGE=en:A gathering\\, with all\\; and more
    DESCRIPTION:First line\\nSecond *line*\\n
    DTSTART;TZID=W. Europe Standard Time:20261201T130000
    DTEND;TZID="W. Europe Standard Time":20261201T150000
    ORGANIZER;CN=Ada:mailto:ada@example.org
    ATTENDEE;CN="Ben, B.";PARTSTAT=ACCEPTED:MAILTO:Ben@Example.org
    CATEGORIES:One,Two\\, three
    SEQUENCE:4
    X-OWN;X-P=^n:folded over a very long line that somebody wrote in some progra
     m and that is to stay just as it was written 日本
    GEO:52.5;13.4
    BEGIN:VALARM
    ACTION:DISPLAY
    TRIGGER:-PT15M
    DESCRIPTION:Soon
    END:VALARM
    END:VEVENT
    END:VCALENDAR
    """
)

RICH_TASK = ics(
    """
    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//Some program//EN
    BEGIN:VTODO
    UID:rich-task@example.org
    DTSTAMP:20260101T000000Z
    CREATED:20260101T000000Z
    SUMMARY:Write the charter
    DUE;VALUE=DATE:20261204
    DTSTART;VALUE=DATE:20261201
    PRIORITY:5
    STATUS:IN-PROCESS
    PERCENT-COMPLETE:40
    CATEGORIES:charter
    CATEGORIES:Milestone,urgent
    RELATED-TO;RELTYPE=SIBLING:other@example.org
    X-APPLE-SORT-ORDER:7
    BEGIN:VALARM
    ACTION:DISPLAY
    TRIGGER;RELATED=END:-PT15M
    END:VALARM
    END:VTODO
    END:VCALENDAR
    """
)
