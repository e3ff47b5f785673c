"""A Basecamp to try things on: stateful, strict, in memory, reached over HTTP like the real one.

It follows the published documentation of the API. Where that says nothing, or where reports differ, it takes
the reading that is harder on a client:

- a move between lists changes neither `updated_at` nor the history; archiving or trashing a list changes only
  the list's own `updated_at`; a comment moves that of what it is about;
- a to-do sent without `content` is answered 200 and nothing is stored;
- an empty string for a to-do's date is refused (400), other text that is no date is stored as none, a number
  fails (500);
- an entry that ends before it starts is refused (422); nulls and numbers in its dates fail (500);
- what lies in an archived project can be read but not changed (403), what lies in a trashed one answers 404.
"""

from sandbox.basecamp.app import create_app
from sandbox.basecamp.records import Notice
from sandbox.basecamp.state import BasecampState

__all__ = ["BasecampState", "Notice", "create_app"]
