"""Whole runs over real HTTP, with the three real connectors."""
