"""The judgement among everything due for one lead on one civil day."""
