"""Reverse auctions for packages of parks."""
