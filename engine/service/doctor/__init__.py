"""`followup doctor`: whether everything that the daemon lives on is as it should be. It changes and sends nothing."""
