"""The service as a whole: the table of its parts, and that table read as this machine's service and as a cloud."""
