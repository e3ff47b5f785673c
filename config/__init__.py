"""The settings of an installation: copsync.toml, references to secrets, and clear words when something is wrong."""
