#!/usr/bin/env nextflow
//
// seq2exp: nextflow run . --input samplesheet.csv --fasta genome.fa.gz --gtf genes.gtf.gz --outdir results
//

nextflow.preview.topic = true

include { SEQ2EXP } from './workflows/seq2exp'
include { checkParams; inputError; writeParams } from './subworkflows/local/utils_params'
include { readSamplesheet } from './subworkflows/local/utils_samplesheet'
include { COMPLETION } from './subworkflows/local/utils_tasks'

// 'a,b' as a list without repeats
def names(text) { text ? text.tokenize(',').unique() : null }

// The models of --models; all are those that the schema lists
def models(text, schema) {
    def known = new groovy.json.JsonSlurper().parseText(schema.text)['$defs'].model_options.properties.models.examples
    return text == 'all' ? known - 'all' : names(text)
}

// 'NAME=PATH,NAME=PATH' as a list of [name, file]
def tracks(text) { text ? text.tokenize(',').collect { pair -> pair.split('=', 2) }.collect { pair -> [pair[0], file(pair[1], glob: false)] } : [] }

// The file of a parameter, or what Nextflow takes for no file
def optional(path) { path ? file(path, checkIfExists: true, glob: false) : [] }

workflow {
    main:
    def pipeline = projectDir
    checkParams(params, pipeline.resolve('nextflow_schema.json'))
    def samplesheet = params.simulate || !params.input ? null : file(params.input, checkIfExists: true, glob: false)
    def rows = samplesheet ? readSamplesheet(samplesheet, pipeline.resolve('assets/schema_input.json'), names(params.cells)) : null
    def stray = params.simulate ? null : (names(params.train_cells) ?: []) - (rows ? rows*.cell : names(params.cells))
    if (stray) { inputError("--train_cells names ${stray.join(', ')}, which is not among the cells of this run") }
    def extra = tracks(params.extra_track)
    def absent = extra.findAll { _name, path -> !path.exists() }
    if (absent) { inputError(absent.collect { name, path -> "--extra_track ${name}: there is no file ${path}" }) }
    writeParams(params, params.outdir)

    def by_name = params.splits?.contains('=') // else it is a table
    SEQ2EXP(
        [
            cells: names(params.cells),
            train_cells: names(params.train_cells),
            models: models(params.models, pipeline.resolve('nextflow_schema.json')),
            seeds: (0..<params.seeds).collect { i -> params.seed + i },
            seed: params.seed,
            genome: params.genome,
            splits: by_name ? params.splits : null,
            simulate: params.simulate,
            extra: extra,
            catalogue: optional(params.catalogue ?: pipeline.resolve('assets/cells.csv')),
            cache: params.cache_dir ?: "${System.getenv('XDG_CACHE_HOME') ?: System.getProperty('user.home') + '/.cache'}/seq2exp/files".toString(),
        ],
        samplesheet,
        [params.fasta, params.gtf, params.blacklist, params.features, by_name ? null : params.splits, params.sizes].collect { path -> optional(path) },
        optional(params.truth),
        optional(params.crispri),
        optional(params.init_from),
        [pipeline.resolve('assets/multiqc_config.yml'), optional(params.multiqc_config)].flatten(),
    )
    COMPLETION(params.outdir, SEQ2EXP.out.report)
}
