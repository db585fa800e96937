"""digest: what one message tells a rep of his day, or a manager of his team's."""
