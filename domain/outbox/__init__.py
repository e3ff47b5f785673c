"""What a person posts for copsync, where a platform lets no program in: the states of an item, and who is reminded."""
