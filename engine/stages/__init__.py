"""plan, release, compose, dispatch, listen: database rows and a clock in, database rows out."""
