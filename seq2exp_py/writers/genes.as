table seq2expGenes
"Genes with predicted and observed expression, log10(expression + 1)"
(
string  chrom;      "Chromosome"
uint    chromStart; "First base, 0-based"
uint    chromEnd;   "One past the last base"
string  name;       "Gene symbol"
uint    score;      "Predicted expression, 1000 = the highest of the cell and model"
char[1] strand;     "Strand"
uint    thickStart; "The TSS, 0-based"
uint    thickEnd;   "One past the TSS"
uint    reserved;   "itemRgb: blue, darker with the predicted expression"
string  gene_id;    "Gene id"
string  predicted;  "Predicted log10(expression + 1), mean over seeds"
string  observed;   "Observed log10(expression + 1), NA where not measured"
string  residual;   "Observed - predicted"
string  split;      "train, valid or test"
)
