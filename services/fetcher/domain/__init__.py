"""Pure decisions: URL policy, page plan, robots."""
