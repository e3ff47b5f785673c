"""The page of a group, where people post by hand: no program may, so there is nothing of it in the API."""

from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.linkedin.state import Json, LinkedInState, permalink

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Group {group}</title>
<h1>Group {group}</h1>
<form method="post">
<p><label>As <select name="person">{people}</select></label></p>
<p><label>Text<br><textarea name="text" rows="8" cols="60" required></textarea></label></p>
<p><button>Post</button></p>
</form>
{posts}
</html>"""


def group_routes(state: LinkedInState) -> list[Route]:
    """Return the page of every group. A post answers 201, with what “Copy link to post” gives as its Location."""

    async def page(request: Request) -> Response:
        group = str(request.path_params["group"])
        if request.method == "GET":
            return HTMLResponse(_page(state, group))
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        token = _token(state, form)
        if token is None or not form.get("text", "").strip():
            return HTMLResponse("<p>Choose a person and write a text.</p>", 400)
        link = state.group_post(token, group, form["text"])
        return HTMLResponse(_page(state, group), 201, {"Location": link})

    return [Route("/groups/{group:int}/", page, methods=["GET", "POST"])]


def _token(state: LinkedInState, form: Mapping[str, str]) -> str | None:
    return next((token for token, account in state.accounts.items() if account.person == form.get("person")), None)


def _page(state: LinkedInState, group: str) -> str:
    people = dict.fromkeys(account.person for account in state.accounts.values())
    choices = "".join(f"<option>{escape(person)}</option>" for person in people)
    posts = state.groups.get(group, [])
    return _PAGE.format(group=group, people=choices, posts="\n".join(_post(post) for post in reversed(posts)))


def _post(post: Json) -> str:
    link = escape(permalink(post["id"]))
    return (
        f"<article><p>{escape(post['author'])}</p><pre>{escape(post['commentary'])}</pre>"
        f"<p>Link to post: <code>{link}</code></p></article>"
    )
