"""Words a story by a template. What people wrote is shown as it is: nothing in it counts as markup.

Templates give CommonMark; every value is escaped when it is put in, whatever filters it went through, unless the
template makes a link of it with `link_to(text, address)`. They run in a sandbox: they reach nothing but their values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from domain.announcements.story import TEMPLATES, Story
from domain.announcements.words import day
from domain.errors import ConfigProblem
from domain.privacy import is_link
from domain.richtext.commonmark import parse, render
from domain.richtext.plain import from_plain
from domain.richtext.tidy import tidy
from domain.richtext.tree import Document, Paragraph, Span

ENDING = ".md.j2"
SHIPPED = "default/"
"""Under this name a template of one's own can use and extend the one it replaces."""
_MEND = "Correct the template, or take the file away: then copsync's own words are used. `copsync check` tries it."

_BROKEN = (
    TemplateError,
    ArithmeticError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    RuntimeError,
    MemoryError,
)
"""Whatever an expression of a template can run into; what the sandbox refuses is a TemplateError."""


class _Marked(str):
    """CommonMark that was made here, and is put in as it is."""

    __slots__ = ()


def _shown(value: object) -> str:
    if isinstance(value, _Marked):
        return value
    return str(from_plain(" ".join(_plain(value).split())))


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, date) and not isinstance(value, datetime):
        return day(value)
    return str(value)


def _link(text: object, address: object) -> str:
    """Make a link; where the address is none, only the text is shown."""
    label, href = " ".join(_plain(text).split()), _plain(address)
    if not is_link(href):
        return _Marked(_shown(label))
    return _Marked(render(tidy(Document((Paragraph((Span(label or href, href=href),)),)))))


@dataclass(frozen=True, slots=True)
class Templates:
    """The templates of one community: those shipped, and those that replace them. `origins` says where each stands."""

    shipped: Mapping[str, str]
    own: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)

    def document(self, story: Story, form: str, *, one_link: bool = False) -> Document:
        """Word a story; the template is told the form, and whether there is room for one link only.

        Raises:
            ConfigProblem: the template is broken; file, line and mend are named.
        """
        return parse(self._filled(story.template, {**story.values, "form": form, "one_link": one_link}))

    def _filled(self, name: str, values: Mapping[str, Any]) -> str:
        try:
            return self._environment().get_template(name + ENDING).render(values)
        except TemplateSyntaxError as wrong:
            raise self._problem(wrong.name or name + ENDING, wrong.lineno, str(wrong.message)) from None
        except _BROKEN as wrong:
            file, number = _place(wrong) or (name + ENDING, None)
            raise self._problem(file, number, str(wrong) or type(wrong).__name__) from None

    def _environment(self) -> ImmutableSandboxedEnvironment:
        sources = {**self.shipped, **{SHIPPED + name: text for name, text in self.shipped.items()}, **self.own}
        environment = ImmutableSandboxedEnvironment(
            loader=FunctionLoader(lambda name: (sources[name], name, lambda: True) if name in sources else None),
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
        )
        environment.globals = {"link_to": _link}
        environment.filters["day"] = day
        return environment

    def _problem(self, name: str, line: int | None, words: str) -> ConfigProblem:
        where = self.origins.get(name, name)
        reason = " ".join(words.split())
        return ConfigProblem(
            f"The template does not work: {reason}", mend=_MEND, where=f"{where}:{line}" if line else where
        )

    def problems(self, samples: Callable[[], Iterator[Story]]) -> list[ConfigProblem]:
        """Try every template on samples; return what is wrong, each place once."""
        found: dict[str, ConfigProblem] = {}
        for name in sorted(self.own):
            if name.removesuffix(ENDING) not in TEMPLATES:
                known = ", ".join(one + ENDING for one in TEMPLATES)
                found[name] = ConfigProblem(
                    "No message is worded by this template.",
                    mend=f"Rename it to one of: {known}.",
                    where=self.origins.get(name, name),
                )
        for story in samples():
            for form in ("text", "html", "card", "markdown"):
                try:
                    self.document(story, form)
                except ConfigProblem as wrong:
                    found.setdefault(str(wrong.where), wrong)
        return list(found.values())


def _place(wrong: BaseException) -> tuple[str, int] | None:
    """Return the template and the line at which something went wrong while it was filled in."""
    trace, found = wrong.__traceback__, None
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.endswith(ENDING):
            found = (name, trace.tb_lineno)
        trace = trace.tb_next
    return found
