"""What people look at: the overlay over the video."""
