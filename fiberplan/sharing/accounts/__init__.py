"""Sharing by accounts: public money first, then what remains divided by use."""
