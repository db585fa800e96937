"""What compose and dispatch read and write: drafts, deliveries, claims and the mark."""
