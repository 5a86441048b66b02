/*
    The samplesheet's rows, with paths resolved against the samplesheet's folder, so that Nextflow stages every file.
*/

include { inputError; unfit; UNFIT } from '../utils_params'

def INDICES() { [bam: ['.bai', '.csi'], cram: ['.crai'], gz: ['.tbi']] }

// A path of the samplesheet: absolute, a URL, or relative to the folder where the samplesheet truly lies, as a link to it may lie
// anywhere; maps.mcool::/resolutions/5000 is a place in a file
def resolved(text, sheet) {
    def path = text.split('::')[0]
    def home = sheet.fileSystem == java.nio.file.FileSystems.default ? sheet.toRealPath().parent : sheet.parent
    path.startsWith('/') || path.contains('://') ? file(path, glob: false) : file("${home.toUriString()}/${path}", glob: false)
}

// The index that lies beside a file, where the samplesheet names none
def indexOf(data) {
    def beside = (INDICES()[data.extension.toLowerCase()] ?: []).collect { end -> data.resolveSibling(data.name + end) }
    return beside.find { candidate -> candidate.exists() }
}

def allowed(value, rule) {
    rule['enum'] ? value in rule['enum'] : rule.pattern ? value ==~ rule.pattern : rule.type == 'integer' ? value ==~ /\+?0*[1-9]\d*(\.0*)?/ : true
}

// What a row says wrong by itself, whatever cells are chosen
def rowProblems(row, rules, required, at) {
    def found = required.findAll { column -> !row[column] }.collect { column -> "${at} column '${column}' is empty" }
    found += row.findAll { column, value -> value && rules[column] && !allowed(value.toString(), rules[column]) }
        .collect { column, value -> "${at} ${column} '${value}' is not allowed; expected ${rules[column].errorMessage ?: rules[column].pattern}" }
    return found
}

def fileProblems(row, sheet, at) {
    def given = ['path', 'index', 'barcodes'].findAll { column -> row[column] }.collect { column -> row[column] }
    def found = given.findAll { path -> unfit(path) }.collect { path -> "${at} '${path}': ${UNFIT()}" }
    found += given.findAll { path -> !unfit(path) && !resolved(path, sheet).exists() }
        .collect { path -> "${at} there is no file '${path}' (paths are relative to the samplesheet's folder)" }
    return found
}

// Fields of one line; Nextflow's own splitter does not know "" inside quotes
def csvFields(line) {
    def field = ~/(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/
    return (line + ',').findAll(field) { _all, inner, plain -> (inner == null ? plain : inner.replace('""', '"')).trim() }.dropRight(1)
}

// Number and fields of the lines that hold any; a byte order mark, blank lines, comments and line ends of any system do not matter
def csvLines(sheet) {
    def text = java.nio.charset.StandardCharsets.UTF_8.newDecoder().decode(java.nio.ByteBuffer.wrap(sheet.bytes)).toString()
    def lines = (text.startsWith('\uFEFF') ? text.substring(1) : text).replaceAll(/\r\n?/, '\n').split('\n').toList()
    return lines.withIndex().collect { line, i -> [i + 1, csvFields(line)] }.findAll { _number, fields -> fields.any() && !fields[0].startsWith('#') }
}

def headerProblems(header, required, sheet) {
    def missing = required - header
    if (missing) { return ["${sheet.name} has no column ${missing.join(', ')}: its first line must name ${required.join(', ')}"] }
    def twice = header.findAll { column -> header.count(column) > 1 }.unique()
    return twice ? ["${sheet.name} names column ${twice.join(', ')} twice: name every column once"] : []
}

// A row with its files; fragments are a format of the track ATAC
def withFiles(row, sheet) {
    def found = [file: resolved(row.path, sheet), index_file: row.index ? resolved(row.index, sheet) : indexOf(resolved(row.path, sheet)), barcodes_file: row.barcodes ? resolved(row.barcodes, sheet) : null]
    return row + found + (row.assay == 'fragments' ? [assay: 'ATAC', format: row.format ?: 'fragments'] : [:])
}

// Rows of the chosen cells, [line, cell, assay, path, index, format, replicate, chromosomes, barcodes, label, file, index_file,
// barcodes_file], and what is wrong with the samplesheet, a sentence each; seq2exp_py/tracks/samplesheet.py reads it too, and a test holds the two equal
def readRows(sheet, schema, cells) {
    def rule = new groovy.json.JsonSlurper().parseText(schema.text).items
    def lines = []
    try { lines = csvLines(sheet) }
    catch (java.nio.charset.CharacterCodingException error) { return [[], ["${sheet.name} is not a text file in UTF-8 (${error.message})"]] }
    def header = lines ? lines[0][1] : []
    def found = headerProblems(header, rule.required, sheet)
    if (found) { return [[], found] }
    def wide = lines.findAll { _number, fields -> fields.size() > header.size() }
    found += wide.collect { number, fields -> "${sheet.name} line ${number}: has ${fields.size()} fields; expected ${header.size()}, as in the header" }
    def rows = lines.drop(1).collect { number, fields -> [line: number] + [header, fields].transpose().collectEntries() }
    found += rows.collectMany { row -> rowProblems(row, rule.properties, rule.required, "${sheet.name} line ${row.line}:") }
    found += ((cells ?: []) - rows*.cell).collect { cell -> "--cells names ${cell}, and ${sheet.name} has ${rows*.cell.unique().join(', ') ?: 'no rows'}" }
    if (!rows) { found << "${sheet.name} has no rows below its header" }
    def chosen = rows.findAll { row -> !cells || row.cell in cells }
    found += chosen.collectMany { row -> fileProblems(row, sheet, "${sheet.name} line ${row.line}:") }
    if (found) { return [[], found] }
    return [chosen.collect { row -> withFiles(row, sheet) }, []]
}

// The same, or the end of the run
def readSamplesheet(sheet, schema, cells) {
    def (rows, problems) = readRows(sheet, schema, cells)
    if (problems) { inputError(problems) }
    return rows
}
