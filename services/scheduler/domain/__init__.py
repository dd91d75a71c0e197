"""Pure decisions: order, samples, host groups, conservation."""
