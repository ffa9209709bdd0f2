"""The course of a run: options, report, journal, time limit.

For users: the options, `SolveReport`, `Status` and `LogEntry`. The rest is internal.
"""
