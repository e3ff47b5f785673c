"""One suite that every connector must pass as it is."""
