"""Instruments of the state, one class a file, and the order in which they are stacked (`docs/cost-split.md` §12.9 to §12.18).

A class brings its kind, its place in the stack, the class of its terms, the key of its words and its effect; the registry
finds it by its file. CONTRIBUTING.md says how to add one.
"""
