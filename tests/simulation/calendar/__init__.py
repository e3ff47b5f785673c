"""The second mode of the simulation: gatherings and series in tools that hold them whole, date by date, or as signs."""
