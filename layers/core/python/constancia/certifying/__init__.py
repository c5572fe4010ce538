"""The life of a certificate: issue, e-mail, look-up by operators and annulment."""
