"""The `followup` command, one file per command group."""
