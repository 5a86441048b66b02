"""What the Seq2Exp paper chose, where a user chooses nothing."""

SPLITS = "valid=chr3,chr21;test=chr22,chrX"  # Seq2Exp (ICLR 2025): fold 11 of EPInformer's table; the rest trains
GENE_TYPE = "protein_coding"
WINDOW = 200_000  # bp around a TSS that its models read
