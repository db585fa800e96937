"""api: what other programs send and read, with a token of their own."""
