"""Texts, numbers, amounts of money and dates for people, in every language that fiberplan writes.

The texts stand beside this file, one folder a language and one TOML file a topic.
"""

from fiberplan.wording.texts import Wording, load_wording

__all__ = ["Wording", "load_wording"]
