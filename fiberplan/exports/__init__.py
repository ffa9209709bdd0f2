"""Writers of plans in formats that others read."""
