"""Links to Asana objects in descriptions: kept short, expanded for whoever reads them.

A person who may see the object gets its present name and the ``data-asana-*`` attributes; anyone else gets
"Private Link" (Asana: Rich text, "Links"). So the same description reads differently over time and by user.
"""

import re

from sandbox.asana import richtext
from sandbox.asana.access import sees_project, sees_task
from sandbox.asana.errors import invalid
from sandbox.asana.objects import Project, Tag, Task, Text, User
from sandbox.asana.world import World

SITE = "https://app.asana.com"

_SHORT = re.compile(r'<a data-asana-gid="(\d+)"( data-asana-dynamic="false")?(/>|>)')
_OBJECT_URL = re.compile(re.escape(SITE) + r"/[01]/.*?(\d+)(?:/(?:f|list|board|overview))?/?")

Mentionable = User | Task | Project | Tag


def written(world: World, writer: User, markup: object, *, in_task: bool) -> Text:
    """Accept ``html_notes`` of a request and return both texts to keep.

    Raises:
        RefusedError: rich text that Asana does not take, or a mention of what the writer cannot see.
    """
    if not isinstance(markup, str):
        raise invalid(f"html_notes: Value is not a string: {markup}")
    root = richtext.accept(markup, lambda given: _kept(world, writer, given), in_task=in_task)
    plain = richtext.to_plain(root, lambda gid: _url(world, gid))
    return Text(plain, richtext.write(root))


def read(world: World, reader: User, rich: str) -> str:
    """Return kept rich text as Asana answers it to one reader."""
    return _SHORT.sub(lambda found: _expanded(world, reader, found), rich)


def mentioned(world: World, rich: str) -> list[User]:
    """Return the people that a kept description mentions."""
    return [world.users[gid] for gid, *_ in _SHORT.findall(rich) if gid in world.users]


def world_object(world: World, gid: str) -> Mentionable | None:
    """Return what a mention may point to, or None if nothing live has that gid."""
    return world.users.get(gid) or world.live_task(gid) or world.live_project(gid) or world.tags.get(gid)


def _kept(world: World, writer: User, given: dict[str, str]) -> dict[str, str]:
    href = given.get("href", "")
    in_url = _OBJECT_URL.fullmatch(href)
    gid = given.get("data-asana-gid") or (in_url.group(1) if in_url else "")
    if _sees(writer, world_object(world, gid)):
        vanity = {"data-asana-dynamic": "false"} if given.get("data-asana-dynamic") == "false" else {}
        return {"data-asana-gid": gid, **vanity}
    if not href:
        raise invalid("html_notes: XML is invalid: <a> needs an href or the gid of an object you can see")
    return {"href": href}


def _expanded(world: World, reader: User, found: re.Match[str]) -> str:
    gid, vanity, end = found.groups()
    target = world_object(world, gid)
    dynamic = "false" if vanity else "true"
    head = f'<a href="{_url(world, gid)}" data-asana-accessible='
    if target is None or not _sees(reader, target):
        head += f'"false" data-asana-dynamic="{dynamic}">'
        return head if vanity else head + "Private Link</a>"
    kind = type(target).__name__.lower()
    head += f'"true" data-asana-dynamic="{dynamic}" data-asana-type="{kind}" data-asana-gid="{gid}">'
    if vanity:
        return head if end == ">" else head + "</a>"
    name = f"@{target.name}" if isinstance(target, User) else target.name
    return head + richtext.escape(name) + "</a>"


def _sees(user: User, target: Mentionable | None) -> bool:
    if isinstance(target, Task):
        return sees_task(user, target)
    return sees_project(user, target) if isinstance(target, Project) else target is not None


def _url(world: World, gid: str) -> str:
    target = world_object(world, gid)
    if isinstance(target, Project):
        return f"{SITE}/0/{gid}/list"
    if isinstance(target, User | Tag):
        return f"{SITE}/1/{world.workspace.gid}/{'profile' if isinstance(target, User) else 'tag'}/{gid}"
    return f"{SITE}/0/0/{gid}/f"
