"""Guarding against guessing: the proof of a human and the counters of failed attempts."""
