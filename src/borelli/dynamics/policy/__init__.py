"""A policy that performs in simulation what a video shows: environment, observation, use."""
