"""The Steiner tree solver."""
