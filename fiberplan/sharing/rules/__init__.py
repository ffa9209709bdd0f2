"""Sharing rules on cost games, one module a rule."""
