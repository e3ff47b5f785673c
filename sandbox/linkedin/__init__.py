"""A stand-in of LinkedIn: posts of pages, images, a member's own data, and groups that only people can post in."""

from sandbox.linkedin.app import create_app, sign_in
from sandbox.linkedin.state import LinkedInState

__all__ = ["LinkedInState", "create_app", "sign_in"]
"""The stand-in and its state."""
