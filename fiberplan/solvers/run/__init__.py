"""The course of a run: report, log, deadline."""
