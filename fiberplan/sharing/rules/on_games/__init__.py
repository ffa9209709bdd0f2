"""Rules that share the cost of a game, one module a rule, named as the rule."""
