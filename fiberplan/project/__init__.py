"""What a user brings: parks, backbone, corridors, demand, settings, price list, terms and bids."""
