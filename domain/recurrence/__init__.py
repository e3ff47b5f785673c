"""Events that happen again and again: the series, its occurrences, and what people do to both.

`series` is the value (RFC 5545 without its syntax), `rule` and `normal` its recurrence rule in a normal form, `expand`
the occurrences in a window, `change` and `split` what a person can do to a series, `overrides` what differs in single
occurrences and how that merges. docs/adr/0014 says why.
"""
