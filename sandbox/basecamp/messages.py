"""Message boards, their messages, and comments on anything."""

from starlette.responses import Response

from sandbox.basecamp import richtext, shapes
from sandbox.basecamp.calls import Call, invalid, missing, page, shown
from sandbox.basecamp.mentions import announce_mentions
from sandbox.basecamp.records import Comment, Message, Recording, Step, Tool
from sandbox.basecamp.values import ids, text


def show_board(call: Call) -> Response:
    """A project's message board."""
    return shown(shapes.recording(call.view, call.tool("message_board")))


def index(call: Call) -> Response:
    """The published messages of a board, newest first."""
    rows = call.children(Message, call.tool("message_board"))[::-1]
    return page(call, rows, lambda row: shapes.recording(call.view, row))


def show(call: Call) -> Response:
    """One message."""
    return shown(shapes.recording(call.view, call.find(Message)))


def create(call: Call) -> Response:
    """A new message: a draft unless `status` is active ("Messages: Create a message").

    A published one goes to everybody on the project unless `subscriptions` names who; [] names nobody.
    """
    board = call.tool("message_board")
    call.may_change(board)
    subject = text(call.body.get("subject")).strip()
    if not subject:
        raise invalid(subject="can't be blank")
    message = call.state.create(
        Message,
        board.project,
        board.id,
        call.person.id,
        status="active" if call.body.get("status") == "active" else "drafted",
        subject=subject,
        content=richtext.clean(text(call.body.get("content"))),
    )
    message.subscribers |= set(_audience(call, board))
    if message.status == "active":
        call.state.notify(message.subscribers, "posted", message, by=call.person.id)
        announce_mentions(call, message, "", message.content)
    return shown(shapes.recording(call.view, message), status=201)


def _audience(call: Call, board: Tool) -> list[int]:
    named = call.body.get("subscriptions")
    return call.reachable(list(call.state.people) if named is None else ids(named), board)


def _commentable(call: Call) -> Recording:
    found = call.find(Recording)
    if isinstance(found, Tool | Comment | Step):
        raise missing()
    return found


def index_comments(call: Call) -> Response:
    """The comments on a recording, oldest first."""
    rows = call.children(Comment, _commentable(call))
    return page(call, rows, lambda row: shapes.recording(call.view, row))


def show_comment(call: Call) -> Response:
    """One comment."""
    return shown(shapes.recording(call.view, call.find(Comment)))


def create_comment(call: Call) -> Response:
    """A new comment; every subscriber is e-mailed, there is no way around it ("Comments").

    The recording commented on gets a new `updated_at`, though nothing of its own has changed.
    """
    about = _commentable(call)
    call.may_change(about)
    content = richtext.clean(text(call.body.get("content")))
    if not content:
        raise invalid(content="can't be blank")
    made = call.state.create(Comment, about.project, about.id, call.person.id, about=about.title, content=content)
    call.state.touch(about)
    call.state.log(about, "commented_on", by=call.person.id)
    call.state.notify(about.subscribers, "commented", made, by=call.person.id)
    announce_mentions(call, made, "", content)
    about.subscribers.add(call.person.id)
    return shown(shapes.recording(call.view, made), status=201)
