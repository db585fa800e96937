"""Errors, clocks, durations and YAML: what every other room stands on."""
