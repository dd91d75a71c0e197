"""What a visit costs: our fetcher beside a browser that does nothing but load the pages."""
