"""Asking for a certificate: from the form a citizen sends to the transcript that they confirm."""
