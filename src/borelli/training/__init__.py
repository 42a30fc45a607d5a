"""Recipes that train the networks, and the synthetic pictures they and the tests learn from."""
