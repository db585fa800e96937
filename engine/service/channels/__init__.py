"""Channels as config.yaml names them. The only room that knows which implementations there are.

`kinds.py` is the table: a kind of channel, and what builds it. Each family of kinds has a file of builders.
"""
