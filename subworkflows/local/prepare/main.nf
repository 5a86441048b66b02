//
// Raw files into stores: simulate or download them where asked, check all of them, then build the genome's store and one for each cell
//

include { SIMULATE       } from '../../../modules/local/simulate'
include { FETCH          } from '../../../modules/local/fetch'
include { CHECK          } from '../../../modules/local/check'
include { CALL_PEAKS     } from '../../../modules/local/call/peaks'
include { PREPARE_GENOME } from '../../../modules/local/prepare/genome'
include { PREPARE_CELL   } from '../../../modules/local/prepare/cell'
include { inputError } from '../utils_params'
include { accessible; staged; withCalled } from '../utils_staging'
include { namesAndPaths; UNTRAINED } from '../utils_tasks'

// Why no model could be had from these rows, or null
def workless(rows, settings, untrained) {
    if (rows.any { row -> row.assay == 'expression' } || settings.initial || settings.models.intersect(untrained)) { return null }
    return "none of the cells ${rows*.cell.unique().join(', ')} has expression, which training needs: add a cell that has some (--train_cells trains on it alone), or give --init_from a checkpoint"
}

// Whether MACS3 is to call the peaks of a cell
def toBeCalled(rows, settings) { 'macs3' in settings.models && !rows.any { row -> row.assay == 'peaks' } }

workflow PREPARE {
    take:
    settings    // map: cells, read, models, genome, splits, simulate, seed, extra, catalogue, cache
    samplesheet // path, or null where data are simulated or downloaded
    reference   // list: fasta, genes, blacklist, features, splits, sizes; [] where absent
    truth       // path or []
    crispri     // path or []

    main:
    if (settings.simulate) {
        SIMULATE([[id: settings.genome], settings.simulate, settings.seed])
        ch_sheet = SIMULATE.out.folder.map { _meta, folder -> folder.resolve('samplesheet.csv') }
        ch_reference = SIMULATE.out.folder.map { _meta, folder ->
            def written = new org.yaml.snakeyaml.Yaml().load(folder.resolve('params.yaml').text)
            [[id: settings.genome, splits: written.splits]] + ['genome.fa', 'genes.gtf', 'blacklist.bed'].collect { name -> folder.resolve(name) } + [[], [], []]
        }
        ch_truth = SIMULATE.out.folder.map { _meta, folder -> folder.resolve('truth') }
    }
    else if (!samplesheet) {
        file(settings.cache).mkdirs()
        FETCH([[id: settings.genome], settings.cells, settings.catalogue, settings.cache])
        ch_sheet = FETCH.out.folder.map { _meta, folder -> folder.resolve('samplesheet.csv') }
        ch_reference = FETCH.out.folder.map { _meta, folder ->
            def names = new groovy.json.JsonSlurper().parse(folder.resolve('genome.json'))
            def fetched = ['fasta', 'genes', 'blacklist'].collect { assay -> names[assay] ? folder.resolve(names[assay]) : [] }
            [[id: settings.genome, splits: settings.splits]] + [reference, fetched + [[], [], []]].transpose().collect { given, found -> given ?: found }
        }
        ch_truth = channel.value(truth)
    }
    else {
        ch_sheet = channel.value(samplesheet)
        ch_reference = channel.value([[id: settings.genome, splits: settings.splits]] + reference)
        ch_truth = channel.value(truth)
    }

    // A samplesheet for each cell, that names the files as the task sees them; its last file may be peaks that are yet to be called
    ch_rows = ch_sheet.map { sheet ->
        def rows = settings.read.call(sheet)
        def fault = workless(rows, settings, UNTRAINED())
        if (fault) { inputError(fault) }
        rows
    }
    ch_own = ch_rows.flatMap { rows -> rows.groupBy { row -> row.cell }.collect { cell, own -> [cell, own, toBeCalled(own, settings)] } }
    ch_cell = ch_own.map { cell, own, called -> [cell] + staged(called ? withCalled(own) : own) }
    ch_cell_sheets = ch_cell.collectFile { cell, text, _files -> ["${cell}.csv", text] }.map { sheet -> [sheet.baseName, sheet] }
    ch_reads = ch_own.filter { _cell, _own, called -> called }.map { cell, own, _called -> [cell] + staged(accessible(own)) }
    ch_reads_sheets = ch_reads.collectFile { cell, text, _files -> ["${cell}.csv", text] }.map { sheet -> [sheet.baseName, sheet] }
    ch_all = ch_rows.map { rows -> staged(rows) }
    ch_all_sheet = ch_all.collectFile { text, _files -> ['samplesheet.csv', text] }

    ch_to_check = ch_all_sheet.combine(ch_all.map { _text, files -> [files] }).map { sheet, files -> [[id: 'samplesheet'], sheet, files] }
    CHECK(ch_to_check, ch_reference, ch_truth.map { folder -> [crispri, folder] + namesAndPaths(settings.extra) })

    // Everything waits for the check, and depends on its files alone: another cell in the samplesheet leaves the rest cached
    ch_passed = CHECK.out.resolved.map { true }.first()
    ch_refused = CHECK.out.resolved.map { _meta, folder ->
        def list = folder.resolve('refused.json')
        list.exists() ? new groovy.json.JsonSlurper().parse(list).collectEntries { cell, sentence -> [cell, sentence.replace("${folder.parent}/", '')] } : [:]
    }.first()
    PREPARE_GENOME(ch_reference.combine(ch_passed).map { all -> all[0..-2] })
    ch_genome = PREPARE_GENOME.out.store.first()
    CALL_PEAKS(
        ch_reads_sheets.join(ch_reads.map { cell, _text, files -> [cell, files] }).combine(ch_refused)
            .filter { cell, _sheet, _files, refused -> !refused.containsKey(cell) }
            .map { cell, sheet, files, _refused -> [[id: cell, cell: cell], sheet, files] },
        ch_genome,
    )
    ch_given = ch_own.filter { _cell, _own, called -> !called }.map { cell, _own, _called -> [cell, []] }
    ch_peaks = ch_given.mix(CALL_PEAKS.out.peaks.map { meta, peaks -> [meta.cell, [peaks]] })
    PREPARE_CELL(
        ch_cell_sheets.join(ch_cell.map { cell, _text, files -> [cell, files] }).join(ch_peaks).combine(ch_refused)
            .filter { cell, _sheet, _files, _peaks, refused -> !refused.containsKey(cell) }
            .map { cell, sheet, files, peaks, _refused -> [[id: cell, cell: cell], sheet, files + peaks] },
        ch_genome,
    )

    emit:
    genome  = ch_genome // channel: [ meta, store ]
    cells   = PREPARE_CELL.out.store // channel: [ meta, store ]
    truth   = ch_truth // channel: path
    refused = ch_refused // channel: map of the cells that --on_error continue leaves out after the check, and why
    tasks   = CHECK.out.resolved.map { meta, path -> ['CHECK', meta, path] }.mix(
        PREPARE_GENOME.out.store.map { meta, path -> ['PREPARE_GENOME', meta, path] },
        CALL_PEAKS.out.peaks.map { meta, path -> ['CALL_PEAKS', meta, path] },
        PREPARE_CELL.out.store.map { meta, path -> ['PREPARE_CELL', meta, path] },
    ) // channel: [ process, meta, path ]
}
