"""Cost lines, each with a place, a year and those who use it, and the prices that make them."""
