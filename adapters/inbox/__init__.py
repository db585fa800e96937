"""Mailboxes that customers write to. They know nothing of the engine."""
