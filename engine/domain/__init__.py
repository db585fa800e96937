"""Pure facts and arithmetic of the field: words, keys, dates, windows, occasions."""
