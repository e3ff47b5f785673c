"""A stand-in of Microsoft Graph's calendar: stateful, strict, in memory.

It answers like the service as far as a calendar client can tell, and where the service forgives a mistake it
refuses instead, so that the mistake is found here.
"""

from sandbox.microsoft365.app import create_app
from sandbox.microsoft365.mailbox import Invitation
from sandbox.microsoft365.state import GraphState

__all__ = ["GraphState", "Invitation", "create_app"]
