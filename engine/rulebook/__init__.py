"""Rule files as a typed, frozen RuleBook."""
