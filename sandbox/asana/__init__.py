"""A stand-in of Asana: stateful, strict and offline, for demos, for trying a configuration and for tests.

It serves what a sync and the people around it need of Asana's API 1.0, refuses what Asana refuses, and can be
put into the moods that make a sync fail: expired sync tokens, rate limits, withdrawn access, hidden addresses.
"""

from sandbox.asana.app import create_app
from sandbox.asana.errors import RefusedError
from sandbox.asana.state import AsanaState
from sandbox.asana.trash import NothingToRestoreError

__all__ = ["AsanaState", "NothingToRestoreError", "RefusedError", "create_app"]
