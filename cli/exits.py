"""The exit statuses of the command, which scripts rely on."""

from __future__ import annotations

DONE = 0
"""In step."""
FAILED = 1
"""Some record or space failed, the rest went through."""
USAGE = 2
"""Usage or configuration."""
PERSON_NEEDED = 3
"""Something is held, a conflict is to be decided, or a connection to be renewed."""
LOCKED = 4
"""Another run holds the community."""
