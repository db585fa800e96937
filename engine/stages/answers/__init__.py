"""answers: what reps make of their reminders, and what they learned on the way."""
