"""What says that a base regulates a gene before anything is learned: activity times contact, in shares of the gene's total."""
