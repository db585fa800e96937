"""Where followup meets the world: channels out, sources in."""
