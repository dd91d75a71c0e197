"""Legal notices: finding them on a site, and reading who publishes, who answers for it, and who hosts it."""
