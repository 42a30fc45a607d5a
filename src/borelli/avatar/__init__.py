"""Gaussians bound to the skin, and pose refined together with appearance."""
