"""What copsync decides, as pure functions: no input or output, no clock of its own."""
