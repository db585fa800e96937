"""From a released touch to a frozen message: templates, what they may see, and the delivery rows."""
