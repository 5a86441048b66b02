//
// What the pipeline reads of each samplesheet of a folder: one JSON line a sheet, rows or sentences
//

include { readRows } from '../../subworkflows/local/utils_samplesheet'

workflow {
    def schema = file("${projectDir}/../../assets/schema_input.json")
    files("${params.sheets}/*/sheet.csv").sort { sheet -> sheet.toString() }.each { sheet ->
        def (rows, problems) = readRows(sheet, schema, null)
        def kept = rows.collect { row -> [row.cell, row.assay, row.file.toString(), row.index_file?.toString(), row.line] }
        println groovy.json.JsonOutput.toJson([sheet: sheet.parent.name, rows: kept, problems: problems])
    }
}
