"""The copsync command."""
