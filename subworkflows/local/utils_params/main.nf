/*
    Parameters against nextflow_schema.json, in Groovy: no plugin, so that it works without a network.
    Bad input is one sentence a problem and exit status 2, before any task is submitted.
*/

// End the run with a status of its own: 2 says that the input is wrong, not the program; Nextflow's `error` always gives 1
def stop(status, message) {
    if (message) { log.error message }
    System.exit(status)
}

def inputError(messages) {
    def list = [messages].flatten()
    stop(2, list.size() == 1 ? list[0] : "${list.size()} problems with the input:\n" + list.collect { message -> "  - ${message}" }.join('\n'))
}

def schemaGroups(file) {
    new groovy.json.JsonSlurper().parseText(file.text)['$defs'].values()
}

def schemaRules(file) {
    schemaGroups(file).collectEntries { group -> group.properties }
}

// 'a, b' as a list without repeats
def names(text) { text ? text.tokenize(',').collect { name -> name.trim() }.findAll().unique() : null }

// A value as the schema types it, or null where it is none: the strict parser gives text for all that stands on the command line, the
// legacy one guesses
def made(value, type) {
    def text = value.toString().trim()
    if (type == 'integer') { return text ==~ /-?\d+/ ? text.toBigInteger() : null }
    if (type == 'number') { return text.isNumber() ? text.toBigDecimal() : null }
    if (type == 'boolean') { return text in ['true', 'false'] ? text == 'true' : null }
    return value instanceof Boolean ? null : value.toString()
}

// Parameters that do not have their type
def typeProblems(given, rules) {
    def wanted = [integer: 'give a whole number', number: 'give a number', boolean: 'give true or false', string: 'it needs a value']
    def wrong = given.findAll { name, value -> rules[name] && value != null && made(value, rules[name].type) == null }
    return wrong.collect { name, value -> "--${name} is '${value}': ${wanted[rules[name].type]}" }
}

// All parameters, typed, once and before anything reads them
def typed(given, rules) {
    return given + given.findAll { name, value -> rules[name] && value != null }.collectEntries { name, value -> [name, made(value, rules[name].type)] }
}

// Whether a local path holds what Nextflow does not quote when it hands the file to a task: the shell would take it for something else
def unfit(path) {
    !path.toString().contains('://') && path.toString() =~ /[\p{Cntrl}{}*?\[\]]|\$(?!\()|(^|\/)[-#~][^\/]*$/
}

def UNFIT() { 'its path holds a control character, one of {}*?[], or a name that begins with -, # or ~, or a $ other than $(: link it under a plain name' }

// What is wrong about one typed value, or null
def fault(value, rule) {
    def strange = rule.examples ? names(value) - rule.examples : []
    if (strange) { return "there is no ${strange[0]}${guess(strange[0], rule.examples, '') ?: ';'} choose among ${rule.examples.join(', ')}" }
    def unset = rule.settable ? value.findAll(/--set[ =]+(\w+)=/) { _all, field -> field } - rule.settable : []
    if (unset) { return "there is no setting ${unset[0]}${guess(unset[0], rule.settable, '') ?: ": choose among ${rule.settable.join(', ')}"}" }
    if (rule['enum'] && !(value in rule['enum'])) { return "give one of ${rule['enum'].join(', ')}" }
    if (rule.pattern && !(value ==~ rule.pattern)) { return "it does not have the form ${rule.pattern}" }
    if (rule.exists && unfit(value)) { return UNFIT() }
    if (rule.exists && !file(value).exists()) { return 'there is no such file' }
    if (rule.minimum != null && value < rule.minimum) { return "give at least ${rule.minimum}" }
    if (rule.exclusiveMinimum != null && value <= rule.exclusiveMinimum) { return "give more than ${rule.exclusiveMinimum}" }
    if (rule.exclusiveMaximum != null && value >= rule.exclusiveMaximum) { return "give less than ${rule.exclusiveMaximum}" }
    if (rule.maximum != null && value > rule.maximum) { return "give at most ${rule.maximum}" }
    if (rule.multipleOf != null && value % rule.multipleOf != 0) { return "give a multiple of ${rule.multipleOf}" }
    return null
}

// Number of edits between two names, to guess what was meant
def distance(a, b) {
    def row = (0..b.size()).toList()
    a.eachWithIndex { x, i ->
        def below = [i + 1]
        b.eachWithIndex { y, j -> below << [row[j + 1] + 1, below[j] + 1, row[j] + (x == y ? 0 : 1)].min() }
        row = below
    }
    return row[-1]
}

// ': did you mean NAME?' where a known name is near
def guess(name, known, sign) {
    def best = known.min { other -> distance(name, other) }
    return distance(name, best) <= 3 ? ": did you mean ${sign}${best}?" : ''
}

// Nextflow adds each parameter a second time in camelCase or kebab-case
def spelled(given) {
    def plain = given.keySet().findAll { name -> !(name.contains('-') && given.containsKey(name.replace('-', '_'))) }
    return plain.findAll { name -> !(name =~ /[A-Z]/ && given.containsKey(name.replaceAll(/([A-Z])/, '_$1').toLowerCase())) }
}

// Whether to learn from the peaks what sequence is open: where nothing is said, on simulated genomes (docs/method.md)
def learns(given) { given.pretrain == null ? given.simulate != null : given.pretrain }

// What no parameter shows by itself
def contradictions(given, rules) {
    def found = []
    def least = rules.preset.windows[given.preset]
    if (least && given.window < least && !given.train_args?.contains('window=')) {
        found << "--window is ${given.window}, and models of --preset ${given.preset} read ${least} bases: give --window ${least} or more, or another --preset"
    }
    if (given.per_gene && given.keep) { found << '--per_gene and --keep both say how many elements there are: give one of them' }
    if (given.sequence == 'pretrained' && !learns(given)) {
        found << '--sequence pretrained needs what --pretrain learns: give --pretrain, or another --sequence'
    }
    if (given.simulate) {
        if (given.input) { found << '--simulate makes data of its own and --input names some: leave one of them out (-profile test and test_full set --simulate)' }
    }
    else if (given.input) {
        found += ['fasta', 'gtf'].findAll { name -> given[name] == null }.collect { name -> "--${name} is missing: --input needs it" }
    }
    else if (!given.cells) {
        found << '--input is missing: give it, or --cells K562 for public data, or --simulate demo for simulated data'
    }
    return found
}

// All problems with the given parameters
def paramProblems(given, rules) {
    def found = spelled(given).findAll { name -> !rules.containsKey(name) }
        .collect { name -> "--${name} is not a parameter of this pipeline${guess(name, rules.keySet(), '--') ?: ': --help lists them'}" }
    def faults = rules.findAll { name, _rule -> given[name] != null }.collectEntries { name, rule -> [name, fault(given[name], rule)] }.findAll { _name, what -> what }
    found += faults.collect { name, what -> "--${name} is '${given[name]}': ${what}" }
    return found + (faults ? [] : contradictions(given, rules))
}

def showHelp(groups) {
    log.info "\nUsage: nextflow run . --input samplesheet.csv --fasta genome.fa.gz --gtf genes.gtf.gz --outdir results [-profile docker,gpu]\n"
    groups.each { group ->
        log.info group.title
        group.properties.findAll { _name, rule -> !rule.hidden }.each { name, rule ->
            def values = rule['enum'] ? rule['enum'].join('|') : rule.type == 'boolean' ? '' : rule.type
            log.info "  --${name.padRight(20)} ${values.padRight(8)} ${rule.description}${rule['default'] == null ? '' : " [${rule['default']}]"}"
        }
        log.info ''
    }
}

// What --cells takes: a line for each cell of the catalogue; `seq2exp cells` says more
def listCells(catalogue) {
    def own = catalogue.splitCsv(header: true).findAll { row -> row.cell != '*' }.groupBy { row -> row.cell }
    own.each { cell, rows -> println "${cell.padRight(20)} ${rows[0].assembly.padRight(6)} ${rows*.assay.unique().join(', ')}" }
}

// The assembly that was named, or that of the data: a simulated genome, or the cells that are downloaded (if they are on several, FETCH says so)
def assemblyOf(given, cells, catalogue) {
    if (given.genome || given.simulate || given.input) { return given.genome ?: (given.simulate ? 'sim' : 'hg38') }
    return catalogue.splitCsv(header: true).find { row -> row.cell in cells }?.assembly ?: 'hg38'
}

def fails(command) { ['bash', '-c', "${command} > /dev/null 2>&1"].execute().waitFor() != 0 }

// A GPU, engine or image that is not there is found now and not by the first task that needs it
def checkMachine(image) {
    def found = []
    def here = workflow.session.config.process?.executor in [null, 'local']
    def engine = workflow.containerEngine
    if (here && workflow.profile.tokenize(',').contains('gpu') && !workflow.stubRun && fails('nvidia-smi -L')) {
        found << "-profile gpu was asked for and this machine shows no GPU (nvidia-smi -L failed): leave gpu out, or choose a scheduler's profile"
    }
    if (here && engine in ['docker', 'podman']) {
        if (fails("${engine} info")) {
            found << "-profile ${engine} was asked for and ${engine} does not answer here (${engine} info failed): start it, or leave ${engine} out"
        }
        else if (!image.contains('/') && fails("${engine} image inspect '${image}'")) { // one with a registry's name is pulled
            found << "${engine} has no image ${image} here: ENGINE=${engine} make image builds it, --image names another"
        }
    }
    if (engine in ['singularity', 'apptainer'] && !image.contains('/')) {
        found << "${engine} reads image files and registries, where ${image} is not: --image /path/seq2exp.sif (docs/usage.md says how to make it)"
    }
    if (found && !workflow.preview) { inputError(found) }
}

// Look at every parameter and give them back typed; ends the run where one is wrong
def checkedParams(raw, schema) {
    def rules = schemaRules(schema)
    def untyped = typeProblems(raw, rules)
    if (untyped) { inputError(untyped) }
    def given = typed(raw, rules)
    if (given.help) {
        showHelp(schemaGroups(schema))
        stop(0, null)
    }
    if (given.version) {
        println "${workflow.manifest.name} ${workflow.manifest.version}"
        stop(0, null)
    }
    if (given.list_cells) {
        listCells(file(given.catalogue ?: "${projectDir}/assets/cells.csv"))
        stop(0, null)
    }
    if (given.validate_params) {
        def found = paramProblems(given, rules)
        if (found) { inputError(found) }
    }
    checkMachine(given.image)
    return given
}
