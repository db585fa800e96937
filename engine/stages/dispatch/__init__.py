"""From a pending delivery to a recorded outcome: claim, send, settle; and what a crash leaves behind."""
