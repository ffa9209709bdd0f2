"""Findings as sentences, for reports and the terminal."""
