"""Faults that the simulation found in the engine, each in its smallest form."""
