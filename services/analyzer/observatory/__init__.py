"""Security headers, scored as the MDN HTTP Observatory does (re-implemented from its published scoring table)."""
