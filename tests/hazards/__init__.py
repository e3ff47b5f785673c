"""What a two-way sync must survive: a catalogue, and `python -m tests.hazards`, which runs the tests of each entry.

A test belongs to an entry if its name carries the number: `test_h14_…` to H14, `test_h03_h26_…` to H03 and H26,
`test_i4_…` to the invariant I4.
"""
