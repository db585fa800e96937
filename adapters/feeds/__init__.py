"""Disaster feeds: CAP, GDACS and USGS read into messages. They know nothing of the engine."""
