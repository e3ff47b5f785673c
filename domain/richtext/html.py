"""HTML as tools exchange it: read any of it, write it in the dialect a connector declares."""

from domain.richtext.dialect import HTML, Dialect, Reading, hold
from domain.richtext.html_read import from_html
from domain.richtext.html_write import to_html

__all__ = ["HTML", "Dialect", "Reading", "from_html", "hold", "to_html"]
