"""The HTTP side of the stand-in of LinkedIn: strict about headers, and as silent as the service where it is silent."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.linkedin.pages import group_routes
from sandbox.linkedin.state import Account, Json, LinkedInState, shown
from sandbox.sign_in import LINKEDIN, SignInService

DMA = "202312"
SCOPES = frozenset(
    {"r_dma_portability_self_serve", "r_dma_portability_3rd_party", "w_organization_social", "r_organization_social"}
)
NEEDED = ("author", "commentary", "visibility", "distribution", "lifecycleState")
LONGEST = 3_000
CHUNK = 2


class RefusedError(Exception):
    """A refusal in LinkedIn's shape."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


def sign_in(state: LinkedInState, people: Callable[[], Mapping[Account, str]]) -> SignInService:
    """Return the service at which people let an app in: tokens of sixty days and nothing to renew them.

    `gives_refresh` makes the app that of an approved partner, whose consents last a year.
    """
    service = SignInService(LINKEDIN, tokens=state.accounts, people=people, now=lambda: state.now())
    service.scopes = SCOPES
    return service


def create_app(state: LinkedInState) -> Starlette:
    """Serve a LinkedIn over HTTP: its API, and the page on which people post in a group.

    Images are uploaded to an address on the same origin, without a token.
    """
    routes = [
        Route("/rest/posts", _guarded(state, "posts", _posts), methods=["GET", "POST"]),
        Route("/rest/posts/{urn:path}", _guarded(state, "posts", _post), methods=["GET", "POST", "DELETE"]),
        Route("/rest/images", _guarded(state, "images", _images), methods=["POST"]),
        Route("/rest/memberSnapshotData", _guarded(state, "memberSnapshotData", _snapshot, DMA), methods=["GET"]),
        Route("/rest/memberChangeLogs", _guarded(state, "memberChangeLogs", _changes, DMA), methods=["GET"]),
        Route("/dms-uploads/{name}", _upload(state), methods=["PUT"]),
        *group_routes(state),
    ]
    return Starlette(routes=routes, exception_handlers={RefusedError: _refused})


Handler = Callable[[LinkedInState, Account, Request, Any], Response]


def _guarded(state: LinkedInState, endpoint: str, handler: Handler, pinned: str | None = None) -> Any:
    async def answer(request: Request) -> Response:
        version = request.headers.get("linkedin-version", "")
        state.requests.append((request.method, request.url.path, version))
        account = state.accounts.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if account is None:
            raise RefusedError(
                401, "The token used in the request has been revoked by the user", "REVOKED_ACCESS_TOKEN"
            )
        _check_version(state, version, pinned)
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            raise RefusedError(400, "X-RestLi-Protocol-Version must be 2.0.0")
        _check_quota(state, endpoint)
        body = await request.body()
        return handler(state, account, request, json.loads(body) if body else None)

    return answer


def _check_version(state: LinkedInState, version: str, pinned: str | None) -> None:
    if not version:
        raise RefusedError(
            400, "A version must be present. Please specify a version by adding the LinkedIn-Version header."
        )
    if version != pinned if pinned else not state.is_alive(version):
        raise RefusedError(426, f"Requested version {version} is not active", "NONEXISTENT_VERSION")


def _check_quota(state: LinkedInState, endpoint: str) -> None:
    until = state.spent.get(endpoint)
    if until is not None and state.now() < until:
        raise RefusedError(
            429, "Resource level throttle limit for calls to this resource is reached.", "TOO_MANY_REQUESTS"
        )
    if state.busy:
        state.busy -= 1
        raise RefusedError(429, "Request throttled.")


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RefusedError):
        raise error
    body = {"status": error.status, "message": error.message, "serviceErrorCode": 100}
    return JSONResponse(body | ({"code": error.code} if error.code else {}), error.status)


def _posts(state: LinkedInState, account: Account, request: Request, body: Any) -> Response:
    return _create(state, account, body) if request.method == "POST" else _by_author(state, account, request)


def _create(state: LinkedInState, account: Account, body: Any) -> Response:
    missing = [name for name in NEEDED if not isinstance(body, dict) or name not in body]
    if missing:
        raise RefusedError(422, f"{missing[0]} :: field is required but not found")
    if body["author"] not in account.pages:
        raise RefusedError(403, "Not enough permissions to access: posts.CREATE", "ACCESS_DENIED")
    if len(body["commentary"].replace("\\", "")) > LONGEST:
        raise RefusedError(422, f"commentary :: exceeds the maximum length of {LONGEST}")
    urn, moment = f"urn:li:share:{state.mint()}", int(state.now().timestamp() * 1000)
    state.posts[urn] = {
        "id": urn,
        **{name: body[name] for name in NEEDED},
        "commentary": shown(body["commentary"]),
        "createdAt": moment,
        "lastModifiedAt": moment,
        "publishedAt": moment,
    }
    if state.lost:
        state.lost -= 1
        return Response("<html><body>Bad Gateway</body></html>", 502, media_type="text/html")
    return Response(status_code=201, headers={"x-restli-id": urn})


def _by_author(state: LinkedInState, account: Account, request: Request) -> Response:
    query = request.query_params
    if query.get("q") != "author" or query.get("author") not in account.pages:
        raise RefusedError(403, "Not enough permissions to access: posts.FINDER-author", "ACCESS_DENIED")
    start, count = int(query.get("start", 0)), int(query.get("count", 10))
    found = [post for post in state.posts.values() if post["author"] == query["author"]]
    found.sort(key=lambda post: (post["lastModifiedAt"], post["id"]), reverse=True)
    return JSONResponse(
        {"paging": {"start": start, "count": count, "links": []}, "elements": found[start : start + count]}
    )


def _post(state: LinkedInState, account: Account, request: Request, body: Any) -> Response:
    urn = unquote(request.path_params["urn"])
    post = state.posts.get(urn)
    if request.method == "DELETE":
        state.posts.pop(urn, None)
        return Response(status_code=204)
    if post is None:
        raise RefusedError(404, "Not Found")
    if post["author"] not in account.pages:
        raise RefusedError(403, "Not enough permissions", "ACCESS_DENIED")
    if request.method == "GET":
        return JSONResponse(post)
    if request.headers.get("x-restli-method") != "PARTIAL_UPDATE":
        raise RefusedError(400, "X-RestLi-Method must be PARTIAL_UPDATE")
    change = body["patch"]["$set"]
    post |= {"commentary": shown(change["commentary"]), "lastModifiedAt": int(state.now().timestamp() * 1000)}
    return Response(status_code=204)


def _images(state: LinkedInState, account: Account, request: Request, body: Any) -> Response:
    if request.query_params.get("action") != "initializeUpload":
        raise RefusedError(400, "Unknown action")
    if body["initializeUploadRequest"]["owner"] not in account.pages:
        raise RefusedError(403, "Not enough permissions", "ACCESS_DENIED")
    name = f"C{state.mint()}"
    state.images[name] = None
    url = f"{request.url.scheme}://{request.url.netloc}/dms-uploads/{name}"
    return JSONResponse({"value": {"uploadUrl": url, "image": f"urn:li:image:{name}"}})


def _upload(state: LinkedInState) -> Any:
    async def answer(request: Request) -> Response:
        name = request.path_params["name"]
        if "authorization" in request.headers or name not in state.images:
            raise RefusedError(400, "Upload addresses carry their own permission; send no token")
        state.images[name] = await request.body()
        return Response(status_code=201)

    return answer


def _must_consent(account: Account) -> None:
    if not account.is_eea:
        raise RefusedError(403, "Member is not located in the EEA or Switzerland", "ACCESS_DENIED")
    if not account.consents:
        raise RefusedError(403, "Not enough permissions to access", "ACCESS_DENIED")


def _snapshot(state: LinkedInState, account: Account, request: Request, _body: Any) -> Response:
    _must_consent(account)
    rows = [{"Group Name": name, "Group Id": name} for name in sorted(state.groups)]
    start = int(request.query_params.get("start", 0))
    chunk = rows[start * CHUNK : (start + 1) * CHUNK]
    if state.not_yet or not chunk:
        raise RefusedError(404, "No data found for this memberId")
    links = [{"rel": "next", "href": f"{request.url.path}?q=criteria&start={start + 1}"}]
    element: Json = {"snapshotDomain": request.query_params.get("domain"), "snapshotData": chunk}
    return JSONResponse({"paging": {"start": start, "count": 1, "total": 1, "links": links}, "elements": [element]})


def _changes(state: LinkedInState, account: Account, request: Request, _body: Any) -> Response:
    _must_consent(account)
    count, since = int(request.query_params.get("count", 10)), int(request.query_params.get("startTime", 0))
    if count > 50:
        raise RefusedError(400, "count may be 50 at most")
    found = [one for one in state.changes if one["owner"] == account.person and one["processedAt"] >= since]
    return JSONResponse({"elements": found[:count]})
