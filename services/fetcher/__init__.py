"""The fetcher. Consumes FetchSite, emits SiteCaptured, owns nothing but what it stored."""
