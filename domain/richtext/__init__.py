"""Notes of every tool in one language: CommonMark in a normal form, so that notes that mean the same are equal.

`commonmark` parses, renders and normalises; `html` reads any HTML and writes the dialect a connector declares;
`plain` gives readable plain text and takes it; `safe` gives HTML that may be shown to people.
"""
