"""Money over the years: cash flows, loans, public instruments, business cases, late joiners; it knows no map."""
