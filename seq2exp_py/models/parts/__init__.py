"""What the models are made of: first layers, stacks, masks, heads, tables, and the names of published weights."""
