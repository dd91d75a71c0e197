"""The analyzer. Consumes SiteCaptured, emits SiteAnalyzed, owns the rules. It never touches the network."""
