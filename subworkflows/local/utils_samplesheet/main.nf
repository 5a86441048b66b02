/*
    The samplesheet's rows, with paths resolved against the samplesheet's folder, so that Nextflow stages every file.
*/

include { inputError; unfit; UNFIT } from '../utils_params'

def INDICES() { [bam: ['.bai', '.csi'], cram: ['.crai'], gz: ['.tbi']] }

// A path of the samplesheet: absolute, a URL, or relative to the samplesheet; maps.mcool::/resolutions/5000 is a place in a file
def resolved(text, sheet) {
    def path = text.split('::')[0]
    path.startsWith('/') || path.contains('://') ? file(path, glob: false) : file("${sheet.parent.toUriString()}/${path}", glob: false)
}

// The index that lies beside a file, where the samplesheet names none
def indexOf(data) {
    def beside = (INDICES()[data.extension.toLowerCase()] ?: []).collect { end -> data.resolveSibling(data.name + end) }
    return beside.find { candidate -> candidate.exists() }
}

def allowed(value, rule) {
    rule['enum'] ? value in rule['enum'] : rule.pattern ? value ==~ rule.pattern : rule.type == 'integer' ? value ==~ /[1-9][0-9]*/ : true
}

def rowProblems(row, line, rules, required, sheet) {
    def at = "${sheet.name} line ${line}:"
    def found = required.findAll { column -> !row[column] }.collect { column -> "${at} column '${column}' is empty" }
    found += row.findAll { column, value -> value && rules[column] && !allowed(value.toString(), rules[column]) }
        .collect { column, value -> "${at} ${column} '${value}' is not allowed; expected ${rules[column].errorMessage ?: rules[column].pattern}" }
    found += ['path', 'index'].findAll { column -> row[column] && unfit(row[column]) }.collect { column -> "${at} '${row[column]}': ${UNFIT()}" }
    found += ['path', 'index'].findAll { column -> row[column] && !unfit(row[column]) && !resolved(row[column], sheet).exists() }
        .collect { column -> "${at} there is no file '${row[column]}' (paths are relative to the samplesheet's folder)" }
    return found
}

// Fields of one line; Nextflow's own splitter does not know "" inside quotes
def csvFields(line) {
    def field = ~/(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/
    return (line.trim() + ',').findAll(field) { _all, inner, plain -> inner == null ? plain.trim() : inner.replace('""', '"') }.dropRight(1)
}

// Rows as maps by column; byte order marks, blank lines, order of columns and further columns do not matter
def parse(sheet) {
    def text = sheet.getText('UTF-8').replace('\uFEFF', '').replace('\r', '')
    def header = null
    def rows = []
    text.split('\n').eachWithIndex { line, i ->
        if (!line.trim() || line.startsWith('#')) { return }
        def fields = csvFields(line)
        if (header == null) { header = fields }
        else { rows << [line: i + 1] + [header, fields].transpose().collectEntries() }
    }
    return [header ?: [], rows]
}

// Read and check a samplesheet: a list of [cell, assay, path, index, format, replicate, file, index_file]
def readSamplesheet(sheet, schema, cells) {
    def rule = new groovy.json.JsonSlurper().parseText(schema.text).items
    def (header, rows) = parse(sheet)
    def missing = rule.required - header
    if (missing) { inputError("${sheet.name} has no column ${missing.join(', ')}: its first line must name ${rule.required.join(', ')}") }
    def found = rows.collectMany { row -> rowProblems(row, row.line, rule.properties, rule.required, sheet) }
    def absent = (cells ?: []) - rows*.cell
    found += absent.collect { cell -> "--cells names ${cell}, and ${sheet.name} has ${rows*.cell.unique().join(', ') ?: 'no rows'}" }
    if (!rows) { found << "${sheet.name} has no rows below its header" }
    if (found) { inputError(found) }
    return rows.findAll { row -> !cells || row.cell in cells }.collect { row ->
        def data = resolved(row.path, sheet)
        row + [file: data, index_file: row.index ? resolved(row.index, sheet) : indexOf(data)]
    }
}

def quoted(value) { value == null ? '' : value ==~ /[-\w.\/ ]*/ ? value : '"' + value.replace('"', '""') + '"' }

// The place in a file that a path names, with its ::
def inside(text) { text.contains('::') ? '::' + text.split('::')[1] : '' }

// Files of some rows in the order in which a task stages them (input01/…, input02/…), and a samplesheet of those names
def staged(rows) {
    def files = rows.findAll { row -> !row.called }.collectMany { row -> [row.file, row.index_file].findAll() }
    def placed = [] // in the order of the files; called peaks, whose row is the last, will be the last file too
    def lines = rows.collect { row ->
        def names = [row.file, row.index_file].collect { path -> path ? "input${(placed << path).size().toString().padLeft(2, '0')}/${path.name}" : null }
        [row.cell, row.assay, names[0] + inside(row.path), names[1], row.format, row.replicate, row.chromosomes].collect { value -> quoted(value) }.join(',')
    }
    return [(['cell,assay,path,index,format,replicate,chromosomes'] + lines).join('\n') + '\n', files]
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
