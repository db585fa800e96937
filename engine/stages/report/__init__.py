"""report: what a rep, a team or the house did in a day, a week or a month, as figures."""
