"""The place of the web console, webhook receiver and calendar feeds; nothing is here yet."""
