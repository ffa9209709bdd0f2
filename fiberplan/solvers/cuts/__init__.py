"""Linear programmes of directed cuts."""
