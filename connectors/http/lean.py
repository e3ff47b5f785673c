"""Imports httpx without what a sync never uses; a third of a second of processor time becomes a tenth.

httpx loads its command line (rich, click, pygments) and httpcore loads HTTP/2 whenever those happen to be
installed; both guard the import with ``except ImportError``. A module entry of None makes an import fail (Python
reference, "The module cache"), so the optional parts are hidden while the two are imported and shown again at
once: whoever asks for HTTP/2 later still gets it. Where httpx was imported before, this does nothing.
"""

import importlib
import sys
from typing import Any, cast

_OPTIONAL = ("httpx._main", "httpcore._async.http2", "httpcore._sync.http2")


def _import_httpx() -> None:
    modules = cast("dict[str, Any]", sys.modules)
    hidden = [name for name in _OPTIONAL if name not in modules]
    modules.update(dict.fromkeys(hidden))
    try:
        importlib.import_module("httpcore")
        importlib.import_module("httpx")
    finally:
        for name in hidden:
            modules.pop(name, None)


_import_httpx()
