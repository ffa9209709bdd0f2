"""Heuristics that find and improve trees; internal."""
