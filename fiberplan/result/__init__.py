"""What a finished plan knows, and what is worked out from it: games, splits, subsidies, tables, verification."""
