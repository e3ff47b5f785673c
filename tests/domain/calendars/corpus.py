"""Calendar files as they come: each shows one or two habits of the programs that write them."""

from __future__ import annotations


def calendar(*lines: str, end: str = "\r\n") -> bytes:
    """A whole calendar around some lines."""
    whole = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Test//EN", *lines, "END:VCALENDAR", "")
    return end.join(whole).encode()


def event(*lines: str, uid: str | None = "one@example.org", stamp: str = "20260101T120000Z") -> tuple[str, ...]:
    """A VEVENT around some lines."""
    named = (f"UID:{uid}",) if uid else ()
    return ("BEGIN:VEVENT", *named, f"DTSTAMP:{stamp}", *lines, "END:VEVENT")


BERLIN = "DTSTART;TZID=Europe/Berlin:20260302T090000"
HOUR = "DTEND;TZID=Europe/Berlin:20260302T100000"
OWN_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:Our Office",
    "BEGIN:STANDARD",
    "DTSTART:20001029T030000",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "END:STANDARD",
    "BEGIN:DAYLIGHT",
    "DTSTART:20000326T020000",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "END:DAYLIGHT",
    "END:VTIMEZONE",
)
WRONG_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:Europe/Berlin",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:-0800",
    "TZOFFSETTO:-0800",
    "END:STANDARD",
    "END:VTIMEZONE",
)
STRANGE_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:Mars Base",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0217",
    "TZOFFSETTO:+0217",
    "END:STANDARD",
    "END:VTIMEZONE",
)
WEEKLY = event(BERLIN, HOUR, "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=5", "SUMMARY:Weekly")
MOVED = event(
    "RECURRENCE-ID;TZID=Europe/Berlin:20260309T090000",
    "DTSTART;TZID=Europe/Berlin:20260310T110000",
    "DTEND;TZID=Europe/Berlin:20260310T120000",
    "SUMMARY:Moved",
)

FILES: dict[str, bytes] = {
    "a plain event": calendar(*event(BERLIN, HOUR, "SUMMARY:Meeting", "LOCATION:Room 1")),
    "bare line feeds": calendar(*event(BERLIN, HOUR, "SUMMARY:Meeting"), end="\n"),
    "bare carriage returns": calendar(*event(BERLIN, HOUR, "SUMMARY:Meeting"), end="\r"),
    "a byte order mark": b"\xef\xbb\xbf" + calendar(*event(BERLIN, HOUR, "SUMMARY:Meeting")),
    "utf-16": calendar(*event(BERLIN, HOUR, "SUMMARY:Grüße 🎉")).decode().encode("utf-16"),
    "latin letters that are no utf-8": calendar(*event(BERLIN, HOUR, "SUMMARY:Gr~e")).replace(b"~", b"\xfc\xdf"),
    "a fold within a character": calendar(*event(BERLIN, HOUR, "SUMMARY:Gr~e")).replace(b"~", b"\xc3\r\n \xbc"),
    "lower case names": calendar("begin:vevent", "uid:low", "dtstart:20260302T080000Z", "summary:low", "end:vevent"),
    "escapes": calendar(*event(BERLIN, r"SUMMARY:a\, b\; c\\n d", r"DESCRIPTION:one\ntwo\Nthree\\four")),
    "no end of a day": calendar(*event("DTSTART;VALUE=DATE:20260302", "SUMMARY:All day")),
    "no end of an instant": calendar(*event(BERLIN, "SUMMARY:Moment")),
    "a length instead of an end": calendar(*event(BERLIN, "DURATION:P1DT2H", "SUMMARY:Long")),
    "an end before the start": calendar(*event(BERLIN, "DTEND;TZID=Europe/Berlin:20260302T080000", "SUMMARY:Odd")),
    "an end of another sort": calendar(*event(BERLIN, "DTEND;VALUE=DATE:20260303", "SUMMARY:Odd")),
    "a day that ends where it starts": calendar(*event("DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260302")),
    "a floating time": calendar(*event("DTSTART:20260302T090000", "SUMMARY:Floating")),
    "a zone for all": calendar("X-WR-TIMEZONE:Asia/Kolkata", *event("DTSTART:20260302T090000")),
    "a windows zone": calendar(*event("DTSTART;TZID=W. Europe Standard Time:20260302T090000")),
    "a path before the zone": calendar(*event("DTSTART;TZID=/example.org/2026/Europe/Berlin:20260302T090000")),
    "a zone of its own": calendar(*OWN_ZONE, *event("DTSTART;TZID=Our Office:20260702T090000", "RRULE:FREQ=MONTHLY")),
    "a zone that contradicts its name": calendar(*WRONG_ZONE, *event(BERLIN)),
    "a zone that nobody knows": calendar(*event('DTSTART;TZID="(UTC+01:00) Somewhere":20260302T090000')),
    "a zone with rules like no other": calendar(*STRANGE_ZONE, *event("DTSTART;TZID=Mars Base:20260302T090000")),
    "no uid": calendar(*event(BERLIN, "SUMMARY:Nameless", uid=None)),
    "bare components": "\r\n".join((*event(BERLIN, uid="bare"), "")).encode(),
    "several calendars": calendar(*event(BERLIN, uid="first")) + calendar(*event(BERLIN, uid="second")),
    "tasks beside events": calendar("BEGIN:VTODO", "UID:task", "SUMMARY:Do", "END:VTODO", *event(BERLIN)),
    "a weekly series": calendar(*WEEKLY),
    "a moved occurrence": calendar(*WEEKLY, *MOVED),
    "a moved occurrence first": calendar(*MOVED, *WEEKLY),
    "a moved occurrence named in utc": calendar(
        *WEEKLY, *event("RECURRENCE-ID:20260309T080000Z", "DTSTART:20260310T100000Z", "SUMMARY:Moved")
    ),
    "a moved occurrence named by its day": calendar(
        *WEEKLY, *event("RECURRENCE-ID;VALUE=DATE:20260309", "DTSTART:20260310T100000Z", "SUMMARY:Moved")
    ),
    "an occurrence without its series": calendar(*MOVED),
    "two copies of an occurrence": calendar(*WEEKLY, *MOVED, *MOVED[:-1], "SEQUENCE:2", "LOCATION:Newer", MOVED[-1]),
    "a cancelled occurrence": calendar(
        *WEEKLY,
        *event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T090000", BERLIN.replace("0302", "0309"), "STATUS:CANCELLED"),
    ),
    "excluded and further dates": calendar(
        *event(
            BERLIN,
            HOUR,
            "RRULE:FREQ=WEEKLY;COUNT=5",
            "EXDATE;TZID=Europe/Berlin:20260309T090000,20260316T090000",
            "EXDATE;VALUE=DATE:20260323",
            "RDATE:20260304T080000Z",
            "RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260305T140000/PT3H",
            "SUMMARY:Exceptions",
        )
    ),
    "an end in utc": calendar(*event(BERLIN, HOUR, "RRULE:FREQ=WEEKLY;UNTIL=20260330T070000Z")),
    "an end in wall time": calendar(*event(BERLIN, HOUR, "RRULE:FREQ=WEEKLY;UNTIL=20260330T090000")),
    "an end as a day": calendar(*event(BERLIN, HOUR, "RRULE:FREQ=WEEKLY;UNTIL=20260330")),
    "an end that is never": calendar(*event(BERLIN, HOUR, "RRULE:FREQ=WEEKLY;UNTIL=99991231T235959Z")),
    "an all-day series": calendar(
        *event("DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260304", "RRULE:FREQ=MONTHLY;BYMONTHDAY=2")
    ),
    "a start beside the rule": calendar(*event(BERLIN, HOUR, "RRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20260320")),
    "across a clock change": calendar(
        *event("DTSTART;TZID=Europe/Berlin:20260322T023000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3")
    ),
    "people and a meeting": calendar(
        *event(
            BERLIN,
            "ORGANIZER:mailto:ada@example.org",
            "ATTENDEE;CN=Ben;PARTSTAT=ACCEPTED:MAILTO:Ben@Example.org",
            "ATTENDEE:urn:uuid:1",
            "CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example.org/room",
            "STATUS:TENTATIVE",
        )
    ),
    "properties of others": calendar(*event(BERLIN, "X-OTHER;X-P=1:kept elsewhere", "RELATED-TO:two", "not a line")),
    "an empty calendar": calendar(),
}

REFUSED: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 1, "it is no calendar"),
    "a web page": (b"<!DOCTYPE html><html><body>Sign in</body></html>", 1, "it begins with “<!DOCTYPE html>"),
    "zeros": (b"\0" * 200, 1, "it is no calendar"),
    "no start": (calendar(*event("SUMMARY:Never")), 4, "it has no start"),
    "no date": (calendar(*event("DTSTART:soon")), 7, "DTSTART is neither a day nor a time: “soon”"),
    "no such day": (calendar(*event("DTSTART;VALUE=DATE:20260230")), 7, "day is out of range"),
    "no such hour": (calendar(*event("DTSTART:20260302T250000Z")), 7, "hour must be in 0..23"),
    "no length": (calendar(*event(BERLIN, "DURATION:long")), 8, "“long” is no length"),
    "an absurd year": (calendar(*event("DTSTART:16010101T000000Z")), 4, "year 1601 is outside"),
    "an absurd length": (calendar(*event(BERLIN, "DURATION:P999999W")), 8, "date value out of range"),
    "no rule": (calendar(*event(BERLIN, "RRULE:FREQ=SOMETIMES")), 8, "FREQ=SOMETIMES is no frequency"),
    "a rule that is a bomb": (calendar(*event(BERLIN, "RRULE:FREQ=SECONDLY")), 8, "more than 24 times a day"),
    "two rules": (calendar(*event(BERLIN, "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY")), 9, "more than one rule"),
    "excluded by a rule": (calendar(*event(BERLIN, "EXRULE:FREQ=DAILY")), 8, "EXRULE"),
    "no further date": (calendar(*event(BERLIN, "RDATE:083000")), 8, "RDATE is neither"),
    "this and following": (
        calendar(*WEEKLY, *event("RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T080000Z", "DTSTART:20260309T090000Z")),
        15,
        "THISANDFUTURE",
    ),
    "cut off": (calendar(*event(BERLIN))[:-30], 4, "the file ends within it"),
    "an older copy": (calendar(*WEEKLY, *event(BERLIN, "SEQUENCE:3", "SUMMARY:Newer")), 4, "is newer"),
}
