"""followup: a sales team's care for its customers, as rules."""
