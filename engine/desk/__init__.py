"""What authors of rules use: check, explain, plan, preview."""
