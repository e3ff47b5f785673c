"""Rich text as strict as Asana reads it: well-formed XML in a ``body``, few tags, hardly any attributes.

What is accepted comes back rewritten, as from Asana: entities and quotes in one spelling, white space between
the items of lists and tables and at the end dropped, links to Asana objects reduced here to a short form that
``sandbox.asana.mentions`` expands for each reader (Asana: Rich text).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate

from sandbox.asana.errors import invalid

_INLINE = {"strong", "em", "u", "s", "code", "a"}
_LISTS = {"ul", "ol"}
_PLAIN = _INLINE | _LISTS | {"li"}
_IN_TASKS = _PLAIN | {"h1", "h2", "hr", "img", "pre", "blockquote", "table", "tr", "td", "object"}
_EMPTY = {"hr", "img"}
_HOLDS_ONLY = {"ul": {"li"}, "ol": {"li"}, "table": {"tr"}, "tr": {"td"}, "h1": _INLINE, "h2": _INLINE}
_ONLY_IN = {"li": _LISTS, "tr": {"table"}, "td": {"tr"}}
_WITHOUT_TEXT = {"ul", "ol", "table", "tr"}
_BLOCKS = _LISTS | {"li", "h1", "h2", "hr", "pre", "blockquote", "table", "tr"}
_ATTRIBUTES = {
    "a": re.compile(r"href|data-asana-[a-z]+"),
    "img": re.compile(r"src|alt|style|data-[a-z-]+"),
    "td": re.compile(r"width|data-cell-widths"),
    "object": re.compile(r"type|data|style|data-asana-[a-z]+"),
}
_DEEPEST = 100
_URL = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?()]")

Link = Callable[[dict[str, str]], dict[str, str]]
"""Turns the attributes of a link as written into those kept, or refuses them."""


@dataclass(slots=True)
class Node:
    """An element with its attributes and what it holds: text and elements in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list["Node | str"] = field(default_factory=list)


def parse(markup: str) -> Node:
    """Read rich text into nodes.

    Raises:
        RefusedError: it is not well-formed XML with the one root ``body``.
    """
    top = Node("")
    path = [top]
    parser = ParserCreate()
    parser.buffer_text = True

    def open_tag(tag: str, attributes: dict[str, str]) -> None:
        if len(path) > _DEEPEST:
            raise invalid("html_notes: XML is invalid: nested too deeply")
        node = Node(tag, attributes)
        path[-1].inside.append(node)
        path.append(node)

    parser.StartElementHandler = open_tag
    parser.EndElementHandler = lambda _tag: path.pop()
    parser.CharacterDataHandler = lambda text: path[-1].inside.append(text)
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        parser.Parse(markup, True)  # noqa: FBT003 - expat takes the flag by position only
    except (ExpatError, UnicodeError) as error:
        raise invalid(f"html_notes: XML is invalid: {error}") from error
    root = top.inside[0]
    if not isinstance(root, Node) or root.tag != "body" or root.attributes:
        raise invalid("html_notes: XML is invalid: the root must be a <body> without attributes")
    return root


def accept(markup: str, link: Link, *, in_task: bool) -> Node:
    """Read, check and tidy rich text; links get the attributes that ``link`` decides on.

    Raises:
        RefusedError: malformed, or a tag, an attribute or a nesting that Asana does not take.
    """
    root = parse(markup)
    _check(root, _IN_TASKS if in_task else _PLAIN)
    _tidy(root, link)
    if root.inside and isinstance(root.inside[-1], str):
        root.inside[-1] = root.inside[-1].rstrip()
    return root


def write(node: Node | str) -> str:
    """Write a node as XML in the one spelling that Asana answers with."""
    if isinstance(node, str):
        return escape(node)
    opening = node.tag + "".join(f' {name}="{_quoted(value)}"' for name, value in node.attributes.items())
    if node.tag in _EMPTY or (node.tag == "a" and not node.inside):
        return f"<{opening}/>"
    return f"<{opening}>" + "".join(write(child) for child in node.inside) + f"</{node.tag}>"


def escape(text: str) -> str:
    """Escape text for XML, leaving quotes as they are."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def from_plain(text: str) -> str:
    """Return the rich text that Asana makes of a plain description: escaped, web addresses linked."""
    parts: list[str] = []
    end = 0
    for found in _URL.finditer(text):
        url = found.group()
        parts += [escape(text[end : found.start()]), f'<a href="{_quoted(url)}">{escape(url)}</a>']
        end = found.end()
    return "<body>" + "".join(parts) + escape(text[end:]) + "</body>"


def to_plain(root: Node, mention: Callable[[str], str]) -> str:
    """Return the plain text of rich text; ``mention`` gives the text that stands for a mentioned gid."""
    parts: list[str] = []
    _speak(root, parts, mention, "")
    return "".join(parts).rstrip("\n")


def _no_doctype(*_: object) -> None:
    raise invalid("html_notes: XML is invalid: no document type may be declared")


def _check(node: Node, allowed: set[str]) -> None:
    for child in node.inside:
        if isinstance(child, str):
            if node.tag in _WITHOUT_TEXT | _EMPTY and child.strip():
                raise invalid(f"html_notes: XML is invalid: no text is allowed directly in <{node.tag}>")
            continue
        _check_tag(child, node.tag, allowed)
        _check(child, allowed)


def _check_tag(node: Node, parent: str, allowed: set[str]) -> None:
    if node.tag not in allowed:
        raise invalid(f"html_notes: XML is invalid: unsupported tag <{node.tag}>")
    misplaced = parent not in _ONLY_IN.get(node.tag, {parent}) or node.tag not in _HOLDS_ONLY.get(parent, {node.tag})
    if misplaced or parent in _EMPTY:
        raise invalid(f"html_notes: XML is invalid: <{node.tag}> is not allowed in <{parent}>")
    known = _ATTRIBUTES.get(node.tag)
    for name in node.attributes:
        if known is None or not known.fullmatch(name):
            raise invalid(f"html_notes: XML is invalid: unsupported attribute {name} on <{node.tag}>")


def _tidy(node: Node, link: Link) -> None:
    if node.tag in _WITHOUT_TEXT | _EMPTY:
        node.inside = [child for child in node.inside if isinstance(child, Node)]
    for child in node.inside:
        if isinstance(child, Node):
            _tidy(child, link)
    if node.tag == "a":
        node.attributes = link(node.attributes)
        if "data-asana-gid" in node.attributes and node.attributes.get("data-asana-dynamic") != "false":
            node.inside = []


def _quoted(value: str) -> str:
    return escape(value).replace('"', "&quot;").replace("\n", "&#10;")


def _speak(node: Node, parts: list[str], mention: Callable[[str], str], bullet: str) -> None:
    if node.tag in _BLOCKS:
        _break(parts)
    if node.tag == "li":
        parts.append(bullet)
    if node.tag == "a" and "data-asana-gid" in node.attributes:
        parts.append(mention(node.attributes["data-asana-gid"]))
        return
    number = 0
    for child in node.inside:
        if isinstance(child, str):
            parts.append(child)
            continue
        number += child.tag == "li"
        _speak(child, parts, mention, f"{number}. " if node.tag == "ol" else "• ")
    if node.tag in _BLOCKS:
        _break(parts)


def _break(parts: list[str]) -> None:
    if parts and not parts[-1].endswith("\n"):
        parts.append("\n")
