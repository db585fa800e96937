"""What a signer sees before he signs a draft, and what keeps a text from being signed."""
