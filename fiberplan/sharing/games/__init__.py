"""Cost games: players, coalitions and what each coalition would cost."""
