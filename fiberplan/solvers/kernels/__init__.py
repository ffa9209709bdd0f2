"""Compiled building blocks on arrays; internal."""
