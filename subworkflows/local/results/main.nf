//
// Predictions into what people look at: tracks and tables for each cell × model, comparison, report, genome browsers
//

include { ANNOTATE } from '../../../modules/local/annotate'
include { EVALUATE } from '../../../modules/local/evaluate'
include { REPORT   } from '../../../modules/local/report'
include { HUB      } from '../../../modules/local/hub'
include { IGV      } from '../../../modules/local/igv'
include { MULTIQC  } from '../../../modules/local/multiqc'
include { COLUMNS; doneLine; failedLine; failures; skippedLine } from '../utils_tasks'

workflow RESULTS {
    take:
    ch_genome      // channel: [ meta, store ]
    ch_cells       // channel: [ meta, store ]
    ch_checkpoints // channel: [ meta, folder ]
    ch_predictions // channel: [ meta, folder ]
    ch_sequence    // channel: path or []
    ch_truth       // channel: path or []
    crispri        // path or []
    ch_tasks       // channel: [ process, meta, path ]
    ch_refused     // channel: map of cells and sentences
    ch_untrained   // channel: [ meta, sentence ] of runs that could not be
    ch_versions    // channel: path
    configs        // list of MultiQC configurations
    genome         // name of the assembly
    extra          // list of [name, path]: tracks of the user's own
    on_error       // stop or continue

    main:
    // The seeds of a cell × model, in one order whatever finished first, so that a resumed run finds the same task
    ch_by_model = ch_predictions
        .map { meta, folder -> [meta.cell, meta.model, meta.seed, folder] }
        .groupTuple(by: [0, 1])
        .map { cell, model, seeds, folders -> [cell, model, [seeds, folders].transpose().sort { pair -> pair[0] }.collect { pair -> pair[1] }] }
    ch_stores = ch_cells.map { meta, store -> [meta.cell, store] }
    ANNOTATE(
        ch_by_model.combine(ch_stores, by: 0).map { cell, model, folders, store -> [[id: "${cell}.${model}".toString(), cell: cell, model: model], cell, store, folders] },
        ch_genome,
    )

    ch_all = inOrder(ch_predictions).map { folders -> [folders] }.combine(inOrder(ch_cells).map { stores -> [stores] })
    EVALUATE(ch_all.map { folders, stores -> [[id: genome], folders, stores] }, ch_genome, ch_truth, crispri)

    ch_annotations = inOrder(ANNOTATE.out.results).map { folders -> [[id: genome], folders] }

    // Tasks of all the report is about: those that failed are known once those that did not are all there
    ch_done = ch_tasks.mix(
        ANNOTATE.out.results.map { meta, folder -> ['ANNOTATE', meta, folder] },
        EVALUATE.out.tables.map { meta, folder -> ['EVALUATE', meta, folder] },
    )
    ch_table = ch_done
        .map { process, meta, path -> doneLine(process, meta, path) }
        .mix(
            ch_done.count().flatMap { number -> number && on_error == 'continue' ? failures().collect { task -> failedLine(task) } : [] }, // else there is no report
            ch_refused.flatMap { cells -> cells.collect { cell, sentence -> failedLine([name: "CHECK (${cell})", exit: 2, reason: sentence]) } },
            ch_untrained.map { meta, sentence -> skippedLine([name: "TRAIN (${meta.id})", reason: sentence]) },
        )
        .collectFile(name: 'tasks.tsv', seed: COLUMNS().join('\t'), sort: true, newLine: true)
    REPORT(
        EVALUATE.out.tables
            .combine(ch_annotations.map { _meta, folders -> [folders] })
            .combine(inOrder(ch_checkpoints).map { folders -> [folders] })
            .combine(ch_table)
    )
    HUB(
        ch_annotations
            .combine(inOrder(ch_cells).map { stores -> [stores] })
            .combine(EVALUATE.out.tables.map { _meta, tables -> [tables] }),
        ch_genome,
        [extra.collect { name, _path -> name }, extra.collect { _name, path -> path }],
        ch_sequence,
    )
    IGV(HUB.out.folder)
    MULTIQC(REPORT.out.sections.combine(ch_versions).map { meta, sections, versions -> [meta, [sections].flatten() + [versions]] }, configs)

    emit:
    report = MULTIQC.out.report // channel: [ meta, html ]
}

// All folders of a channel as one list, sorted by id
def inOrder(items) {
    items.toSortedList { a, b -> a[0].id <=> b[0].id }.filter { all -> all }.map { all -> all.collect { item -> item[1] } }
}
