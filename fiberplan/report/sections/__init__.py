"""Sections of a party's report, one module a subject."""
