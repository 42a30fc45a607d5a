"""Motion that obeys physics: contacts, ground forces, whole-clip dynamics, simulation, certificate."""
