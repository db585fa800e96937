"""What plan and release read and write: generations, births, occasions, touches, verdicts."""
