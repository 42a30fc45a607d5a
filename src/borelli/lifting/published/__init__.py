"""Networks that others have published, out of the user's own checkpoint, as first guesses of posture."""
