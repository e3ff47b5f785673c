"""LinkedIn, as far as it lets anybody: groups by a person's hand and provable links, pages and own data by API."""

from connectors.linkedin.channel import KIND

__all__ = ["KIND"]
