"""Gates: what a change of a lead must satisfy, asked before it is made, on every way in."""
