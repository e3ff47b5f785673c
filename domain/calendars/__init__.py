"""iCalendar files (RFC 5545) and events: read whatever is in the wild, say why what is refused, write what others read.

`read` takes the bytes of a file, a feed or a CalDAV object; `write` renders events and series; `lines` and `zones` are
the syntax that both, and connectors which change foreign objects in place, have in common.
"""
