"""Conditions against the database: as SQL, and over snapshots of leads in memory."""
