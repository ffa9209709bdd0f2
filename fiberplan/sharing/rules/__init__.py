"""Sharing rules, one class a file, found by `registry`; beside them the algorithms that several rules share."""
