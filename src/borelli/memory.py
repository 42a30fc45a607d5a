"""Memory that numpy has freed goes back to the system, where the allocator would keep it."""

import ctypes
import sys


def give_back() -> None:
    """Hand back what is free, after work that left many arrays of all sizes behind; glibc only.

    It keeps freed arrays of up to 32 MB for later ones, between others that stay: hundreds of megabytes after
    an hour of video.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
