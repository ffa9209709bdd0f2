"""Dual ascent and the search for better ones; internal."""
