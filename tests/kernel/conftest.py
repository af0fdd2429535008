"""Generated examples are the same in every run, and no example is judged by the time it takes."""

from hypothesis import settings

settings.register_profile("kernel", deadline=None, derandomize=True, database=None)
settings.load_profile("kernel")
