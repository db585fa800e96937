"""What customers write back: what each letter is, and what it does."""
