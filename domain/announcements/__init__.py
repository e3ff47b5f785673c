"""What copsync says to the places where a community talks: which things, to whom, when, and in which words.

`audience` keeps the internal inside, `channel` describes a place, `message` what is said there once, `things` reads
what can be told from the records, `decide` says what is to be told, `digest` gathers a week, `words` and `render` put
it into each place's form. Everything here is a pure function; sending and remembering happen in `sync.announce`.
"""
