/*
    Parameters against nextflow_schema.json, in Groovy: no plugin, so that it works without a network.
    Bad input is one sentence a problem and exit status 2, before any task is submitted.
*/

import groovy.json.JsonOutput
import groovy.json.JsonSlurper

// Stop with exit status 2, which says: the input is wrong, not the program
def inputError(messages) {
    def list = [messages].flatten()
    exit 2, list.size() == 1 ? list[0] : "${list.size()} problems with the input:\n" + list.collect { message -> "  - ${message}" }.join('\n')
}

def schemaGroups(file) {
    new JsonSlurper().parseText(file.text)['$defs'].values()
}

// Whether a local path holds what Nextflow does not quote when it hands the file to a task: the shell would take it for something else
def unfit(path) {
    !path.toString().contains('://') && path.toString() =~ /[\p{Cntrl}{}*?\[\]]|\$(?!\()|(^|\/)[-#~][^\/]*$/
}

def UNFIT() { 'its path holds a control character, one of {}*?[], or a name that begins with -, # or ~, or a $ other than $(: link it under a plain name' }

// The sentence that is wrong about one value, or null
def problem(name, value, rule) {
    def says = { what -> "--${name} is '${value}': ${what}" }
    def number = value instanceof Number ? value : value.toString().isNumber() ? value.toString().toBigDecimal() : null
    switch (rule.type) {
        case 'integer':
            if (number == null || number != number.toBigInteger()) { return says('give a whole number') }
            break
        case 'number':
            if (number == null) { return says('give a number') }
            break
        case 'boolean':
            if (!(value.toString() in ['true', 'false'])) { return says('give true or false') }
            break
        default:
            if (value instanceof Boolean) { return "--${name} needs a value" }
            if (rule.enum && !(value.toString() in rule.enum)) { return says("give one of ${rule.enum.join(', ')}") }
            if (rule.pattern && !(value.toString() ==~ rule.pattern)) { return says("it does not have the form ${rule.pattern}") }
            if (rule.exists && unfit(value)) { return says(UNFIT()) }
            if (rule.exists && !file(value.toString()).exists()) { return says('there is no such file') }
    }
    if (rule.minimum != null && number < rule.minimum) { return says("give at least ${rule.minimum}") }
    if (rule.exclusiveMinimum != null && number <= rule.exclusiveMinimum) { return says("give more than ${rule.exclusiveMinimum}") }
    if (rule.maximum != null && number > rule.maximum) { return says("give at most ${rule.maximum}") }
    return null
}

// Number of edits between two names, to guess what was meant
def distance(a, b) {
    def row = (0..b.size()).toList()
    a.eachWithIndex { x, i ->
        def next = [i + 1]
        b.eachWithIndex { y, j -> next << [row[j + 1] + 1, next[j] + 1, row[j] + (x == y ? 0 : 1)].min() }
        row = next
    }
    return row[-1]
}

def unknown(name, known) {
    def best = known.min { other -> distance(name, other) }
    "--${name} is not a parameter of this pipeline" + (distance(name, best) <= 3 ? ": did you mean --${best}?" : ': --help lists them')
}

// All problems with the given parameters
def paramProblems(given, groups) {
    def rules = groups.collectEntries { group -> group.properties }
    def required = groups.collectMany { group -> group.required ?: [] }
    // Nextflow adds each parameter a second time in camelCase or kebab-case
    def names = given.keySet().findAll { name -> !(name.contains('-') && given.containsKey(name.replace('-', '_'))) }
    def spelled = names.findAll { name -> !(name =~ /[A-Z]/ && given.containsKey(name.replaceAll(/([A-Z])/, '_$1').toLowerCase())) }
    def found = spelled.findAll { name -> !rules.containsKey(name) }.collect { name -> unknown(name, rules.keySet()) }
    found += required.findAll { name -> given[name] == null }.collect { name -> "--${name} is missing: ${rules[name].description}" }
    found += rules.findAll { name, _rule -> given[name] != null }.collect { name, rule -> problem(name, given[name], rule) }.findAll()
    return found
}

def showHelp(groups) {
    log.info "\nUsage: nextflow run . --input samplesheet.csv --fasta genome.fa.gz --gtf genes.gtf.gz --outdir results [-profile docker,gpu]\n"
    groups.each { group ->
        log.info group.title
        group.properties.findAll { _name, rule -> !rule.hidden }.each { name, rule ->
            def values = rule.enum ? rule.enum.join('|') : rule.type == 'boolean' ? '' : rule.type
            log.info "  --${name.padRight(20)} ${values.padRight(8)} ${rule.description}${rule.default == null ? '' : " [${rule.default}]"}"
        }
        log.info ''
    }
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

// Look at every parameter; ends the run where one is wrong
def checkParams(given, schema) {
    def groups = schemaGroups(schema)
    if (given.help) {
        showHelp(groups)
        exit 0
    }
    if (given.version) {
        println "${workflow.manifest.name} ${workflow.manifest.version}"
        exit 0
    }
    if (given.validate_params) {
        def found = paramProblems(given, groups)
        if (!given.simulate && !given.input && !given.cells) {
            found << '--input is missing: give it, or --cells K562 for public data, or --simulate demo for simulated data'
        }
        if (!given.simulate && given.input) {
            found += ['fasta', 'gtf'].findAll { name -> given[name] == null }.collect { name -> "--${name} is missing: --input needs it" }
        }
        if (found) { inputError(found) }
    }
    checkMachine(given.image)
}

// What was run, for whoever opens the results later
def writeParams(given, folder) {
    def path = file("${folder}/pipeline_info/params.json")
    try {
        java.nio.file.Files.createDirectories(path.parent)
        path.text = JsonOutput.prettyPrint(JsonOutput.toJson(given.findAll { name, _value -> name ==~ /[a-z0-9_]+/ }.sort())) + '\n'
    }
    catch (IOException error) {
        inputError("--outdir is '${folder}': nothing can be written there (${error.message}); name another folder, or make room")
    }
}
