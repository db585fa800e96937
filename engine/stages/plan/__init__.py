"""plan: from rules, leads and the clock to occasions and touches in the book. Cost follows what is due."""
