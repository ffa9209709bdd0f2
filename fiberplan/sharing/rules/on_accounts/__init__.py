"""Rules that divide each account among its users, one module a rule, named as the rule."""
