"""Tests that remove or replace parts of the graph without losing every best tree; internal."""
