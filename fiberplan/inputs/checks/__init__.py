"""Checks of a whole project."""
