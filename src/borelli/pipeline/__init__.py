"""From a video to motion: stages in order, their cache, and the result with its verdict.

`borelli` itself is the face of this package, so that looking at settings does not load the networks.
"""
