/*
    Files of a samplesheet as a task sees them, and the peaks that are yet to be called.
*/

def quoted(value) { value == null ? '' : value ==~ /[-\w.\/ ]*/ ? value : '"' + value.replace('"', '""') + '"' }

// The place in a file that a path names, with its ::
def inside(text) { text.contains('::') ? '::' + text.split('::')[1] : '' }

// Files of some rows in the order in which a task stages them (input01/…, input02/…), and a samplesheet of those names
def staged(rows) {
    def files = rows.findAll { row -> !row.called }.collectMany { row -> [row.file, row.index_file, row.barcodes_file].findAll() }
    def placed = [] // in the order of the files; called peaks, whose row is the last, will be the last file too
    def lines = rows.collect { row ->
        def names = [row.file, row.index_file, row.barcodes_file].collect { path -> path ? "input${(placed << path).size().toString().padLeft(2, '0')}/${path.name}" : null }
        def barcodes = names[2] ? names[2] + inside(row.barcodes) : null
        [row.cell, row.assay, names[0] + inside(row.path), names[1], row.format, row.replicate, row.chromosomes, barcodes, row.label].collect { value -> quoted(value) }.join(',')
    }
    return [(['cell,assay,path,index,format,replicate,chromosomes,barcodes,label'] + lines).join('\n') + '\n', files]
}

// The rows of a cell that its peaks are called from, as `seq2exp call-peaks` chooses them
def accessible(rows) {
    def assay = ['DNase', 'ATAC'].find { name -> rows.any { row -> row.assay == name } }
    return rows.findAll { row -> row.assay == assay }
}

// The rows of a cell and, last, the peaks that a task will call: a name without a file as yet
def withCalled(rows) {
    def named = accessible(rows).any { row -> row.chromosomes == 'match' } ? 'match' : null
    return rows + [[cell: rows[0].cell, assay: 'peaks', path: '', file: [name: "${rows[0].cell}.narrowPeak".toString()], format: 'narrowpeak', chromosomes: named, called: true]]
}
