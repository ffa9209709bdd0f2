"""Dividing costs: public money, sharing rules and checks on numbers alone; nothing here knows a map."""
