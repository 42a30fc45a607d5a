"""Files of other programs, read into plain arrays; nothing here knows of bodies."""
