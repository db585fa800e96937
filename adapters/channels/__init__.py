"""One file a channel: build, send, classify."""
