"""What copsync remembers between runs: records, links with their bases, cursors, the journal, conflicts, leases."""
