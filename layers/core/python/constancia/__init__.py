"""The rules of the school-mark certificate, on the standard library alone; what knows AWS is in `constancia.aws`."""
