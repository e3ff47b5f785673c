"""Pictures for the documentation: real cards, drawn by the renderer that Microsoft publishes. `make pictures`."""
