"""What importing the HTTP layer costs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

ALLOWED = {
    "httpx",
    "httpcore",
    "h11",
    "certifi",
    "idna",
    "anyio",
    "sniffio",
    "tenacity",
    "aiolimiter",
    "typing_extensions",
}
OURS = {"connectors", "domain"}


def _run(code: str) -> Any:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_only_three_libraries_and_what_they_need_are_imported() -> None:
    modules = _run(
        "import sys; before = set(sys.modules); import connectors.http; import json;"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    tops = {name.partition(".")[0] for name in modules}
    foreign = {top for top in tops if top not in sys.stdlib_module_names and not top.startswith("_")}
    assert foreign - OURS <= ALLOWED
    assert {"httpx", "tenacity", "aiolimiter"} <= foreign
    assert {name for name in modules if name.startswith("connectors.")} >= {"connectors.http.client"}
    assert not {"connectors.contract", "connectors.registry"} & set(modules)


def test_the_first_client_imports_no_http2() -> None:
    assert (
        _run(
            "import sys, json; from connectors.http import Http, Limits, Unsigned;"
            "Http('http://127.0.0.1:9', auth=Unsigned(), limits=Limits(1, 1, 1), user_agent='x');"
            "print(json.dumps([name in sys.modules for name in ('h2', 'hpack', 'rich', 'pydantic', 'trio')]))"
        )
        == [False] * 5
    )


def test_what_was_left_out_can_still_be_imported() -> None:
    assert (
        _run(
            "import connectors.http, httpx, httpx._main, json; from httpcore._async.http2 import AsyncHTTP2Connection;"
            "c = httpx.AsyncClient(http2=True, verify=False); print(json.dumps(c.is_closed))"
        )
        is False
    )


def test_an_httpx_that_was_imported_before_stays_as_it_is() -> None:
    assert _run("import httpx; a = httpx.Client; import connectors.http, json; print(json.dumps(a is httpx.Client))")
