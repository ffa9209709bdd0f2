"""Plans and money as tables on a terminal."""
