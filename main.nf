#!/usr/bin/env nextflow
//
// seq2exp: nextflow run . --input samplesheet.csv --fasta genome.fa.gz --gtf genes.gtf.gz --outdir results
//

include { SEQ2EXP } from './workflows/seq2exp'
include { claim; writeParams } from './subworkflows/local/utils_outdir'
include { assemblyOf; checkedParams; inputError; learns; names; schemaRules } from './subworkflows/local/utils_params'
include { readSamplesheet } from './subworkflows/local/utils_samplesheet'
include { COMPLETION } from './subworkflows/local/utils_completion'

// 'NAME=PATH,NAME=PATH' as a list of [name, file]
def tracks(text) { text ? text.tokenize(',').collect { pair -> pair.split('=', 2) }.collect { pair -> [pair[0], file(pair[1], glob: false)] } : [] }

// The file of a parameter, or what Nextflow takes for no file
def optional(path) { path ? file(path, checkIfExists: true, glob: false) : [] }

// Channel topics are a preview in Nextflow 24.10 and need no leave from 25.04 on, where the property is gone
def allowTopics() {
    def preview = nextflow.NextflowMeta.instance.preview
    if (preview.hasProperty('topic')) { preview.topic = true }
}

workflow {
    main:
    allowTopics()
    def pipeline = projectDir
    def schema = pipeline.resolve('nextflow_schema.json')
    def given = checkedParams(params, schema)
    def cells = names(given.cells)
    def samplesheet = given.simulate || !given.input ? null : file(given.input, checkIfExists: true, glob: false)
    def read = { sheet -> readSamplesheet(sheet, pipeline.resolve('assets/schema_input.json'), cells) }
    def rows = samplesheet ? read.call(samplesheet) : null
    def stray = given.simulate ? null : (names(given.train_cells) ?: []) - (rows ? rows*.cell : cells)
    if (stray) { inputError("--train_cells names ${stray.join(', ')}, which is not among the cells of this run") }
    def extra = tracks(given.extra_track)
    def catalogue = optional(given.catalogue ?: pipeline.resolve('assets/cells.csv'))
    def absent = extra.findAll { _name, path -> !path.exists() }
    if (absent) { inputError(absent.collect { name, path -> "--extra_track ${name}: there is no file ${path}" }) }
    if (!workflow.preview) {
        def taken = claim(given.outdir)
        if (taken) { inputError(taken) }
        writeParams(given, given.outdir)
    }

    def by_name = given.splits?.contains('=') // else it is a table
    def reference = [given.fasta, given.gtf, given.blacklist, given.features, by_name ? null : given.splits, given.sizes].collect { path -> optional(path) }
    SEQ2EXP(
        [
            cells: cells,
            read: read,
            train_cells: names(given.train_cells),
            models: names(given.models) == ['all'] ? schemaRules(schema).models.examples - 'all' : names(given.models),
            seeds: (0..<given.seeds).collect { i -> given.seed + i },
            seed: given.seed,
            pretrain: learns(given),
            in_masks: learns(given) && (given.sequence ?: 'pretrained') == 'pretrained',
            genome: assemblyOf(given, cells, catalogue),
            splits: by_name ? given.splits : null,
            simulate: given.simulate,
            extra: extra,
            catalogue: catalogue,
            cache: given.cache_dir ?: "${System.getenv('XDG_CACHE_HOME') ?: System.getProperty('user.home') + '/.cache'}/seq2exp/files".toString(),
            initial: optional(given.init_from),
            outdir: given.outdir,
            on_error: given.on_error,
        ],
        samplesheet,
        reference,
        optional(given.truth),
        optional(given.crispri),
        [pipeline.resolve('assets/multiqc_config.yml'), optional(given.multiqc_config)].flatten(),
    )
    def files_of_rows = (rows ?: []).collectMany { row -> [row.file, row.index_file, row.barcodes_file] }
    def beside = [given.truth, given.crispri, given.init_from].collect { path -> optional(path) } + extra.collect { _name, path -> path }
    def inputs = ([samplesheet] + files_of_rows + reference + beside).findAll()
    COMPLETION(given.outdir, given, schemaRules(schema), inputs, SEQ2EXP.out.report)
}
