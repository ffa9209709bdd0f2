"""Compiled building blocks on arrays."""
