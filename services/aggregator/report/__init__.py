"""The study as a page: what it says, in French, and how it looks."""
