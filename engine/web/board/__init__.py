"""The ops board: what is due, what went wrong, and why; for ops and admins, and for managers of their teams."""
