"""The frame: which authorities exist at a date, what is known of each, and how to read it from official files."""
