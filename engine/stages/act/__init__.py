"""act: what rules change about a lead, done once and recorded with its cause."""
