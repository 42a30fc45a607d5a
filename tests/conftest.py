"""Settings of all tests: properties run on the same examples every time and leave no database behind."""

from hypothesis import settings

settings.register_profile("borelli", database=None, deadline=None, derandomize=True, max_examples=50)
settings.load_profile("borelli")
