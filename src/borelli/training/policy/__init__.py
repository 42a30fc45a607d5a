"""Training of the policy: an expert, a student that sees what a video shows, its refinement."""
