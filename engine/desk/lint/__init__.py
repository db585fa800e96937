"""Advice on rules that load and yet may not be what their author wants. Codes are in docs/lint.md."""
