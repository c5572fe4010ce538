"""Reports on a day or a month, from the event log."""
