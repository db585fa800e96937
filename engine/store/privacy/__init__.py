"""What the law asks for: leaving a person alone, handing out what is held about him, erasing it."""
