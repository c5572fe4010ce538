"""Verifying a certificate: its state, its history, and whether the school records changed since."""
