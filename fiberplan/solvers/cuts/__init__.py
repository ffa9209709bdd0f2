"""Linear programmes of directed cuts, bounds from them, and branching; internal."""
