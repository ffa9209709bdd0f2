"""Rules for games of one form only (lines, segments, spanning trees), one module a rule, named as the rule."""
