"""Heuristics that find and improve trees."""
