"""A corpus of hostile sites: one a named attack, with how an audit of it must end and what it may cost at most."""
