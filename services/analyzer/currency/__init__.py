"""How fresh a site is: the dates of what it publishes."""
