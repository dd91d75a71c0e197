"""How a site is made: its names, its trackers, its weight, the tool that built it."""
