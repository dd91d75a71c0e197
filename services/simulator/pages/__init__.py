"""What the synthetic sites show: French content, templates, assets, and the pages of the unhappy web. Pure."""
