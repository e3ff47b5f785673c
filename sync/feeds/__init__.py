"""Calendar feeds: what a community's calendars show, as iCalendar (RFC 5545, RFC 7986), and who may read them.

`items` decides what is shown of a record, `vevent` writes it, `calendar` puts a feed together, `snapshot` keeps what
is shown until something changes, `addresses` gives out and revokes addresses, `agenda` is the calendar in a terminal.
"""
