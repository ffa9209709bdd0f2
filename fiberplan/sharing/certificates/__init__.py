"""Certificates of a split: which coalition would pay less alone, and by how much."""
