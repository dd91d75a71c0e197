"""What holds for every test."""

from hypothesis import settings

# No test depends on how fast the machine is: an example may take as long as it takes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
