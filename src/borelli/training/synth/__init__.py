"""Synthetic pictures of our body with exact truth: people, clothes, light, rooms, cameras, occluders."""
