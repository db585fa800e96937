"""release: everything due for a person is judged together, and let go, kept, moved or ended with a reason."""
