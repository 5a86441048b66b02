/*
    What a run read, was given, used and made, as RO-Crate 1.1 in the profiles of workflow runs (Process Run and Workflow Run Crate 0.5).
    Only Nextflow knows all of it, and only at the end: no task could write this.
*/

def SPECIFICATION() { 'https://w3id.org/ro/crate/1.1' }

def PROFILES() { ['process/0.5', 'workflow/0.5'].collect { name -> "https://w3id.org/ro/wfrun/${name}".toString() } + ['https://w3id.org/workflowhub/workflow-ro-crate/1.0'] }

def NEXTFLOW() { 'https://www.nextflow.io/' }

def reference(id) { ['@id': id] }

def references(entities) { entities.collect { entity -> reference(entity['@id']) } }

// A path as an address; characters that an address cannot hold are escaped
def address(path) { path.toUri().toString() }

// The files below the results' folder, the crate itself left out; a relative address each
def outputs(folder) {
    def found = []
    java.nio.file.Files.walk(folder).forEach { path -> if (java.nio.file.Files.isRegularFile(path)) { found << path } }
    return found.findAll { path -> !(path.name in ['ro-crate-metadata.json', 'running.json']) }.sort { path -> path.toString() }.collect { path ->
        [
            '@id': address(path) - address(folder),
            '@type': 'File',
            name: path.name,
            contentSize: java.nio.file.Files.size(path).toString(),
        ]
    }
}

def inputs(files) {
    files.findAll().unique().collect { path -> ['@id': path.toUri().toString(), '@type': 'File', name: path.name] }
}

// A parameter of the workflow and its value in this run, for all that have one
def parameters(given, rules) {
    def kinds = [integer: 'Integer', number: 'Float', boolean: 'Boolean', string: 'Text']
    def known = given.findAll { name, value -> rules[name] && value != null }
    def formal = known.collect { name, _value ->
        ['@id': "#parameter-${name}".toString(), '@type': 'FormalParameter', name: name, additionalType: kinds[rules[name].type], description: rules[name].description]
    }
    def values = known.collect { name, value ->
        ['@id': "#value-${name}".toString(), '@type': 'PropertyValue', name: name, value: value, exampleOfWork: reference("#parameter-${name}".toString())]
    }
    return [formal, values]
}

// Programs and versions, from the file that MultiQC shows
def software(versions) {
    def used = versions.exists() ? new org.yaml.snakeyaml.Yaml().load(versions.text) : [:]
    def pairs = used.collectMany { _process, tools -> tools.collect { tool, version -> [tool, version.toString()] } }.unique()
    return pairs.findAll { tool, _version -> !(tool in ['Nextflow', workflow.manifest.name]) }.collect { tool, version ->
        ['@id': "#software-${tool}-${version}".toString(), '@type': 'SoftwareApplication', name: tool, softwareVersion: version]
    }
}

def graphOf(folder, given, rules, files) {
    def made = outputs(folder)
    def read = inputs(files)
    def (formal, values) = parameters(given, rules)
    def programs = software(folder.resolve('pipeline_info/seq2exp_software_mqc_versions.yml'))
    def manifest = workflow.manifest
    def main = "${manifest.homePage}/blob/${workflow.commitId ?: manifest.version}/main.nf".toString()
    def action = [
        '@id': "#run-${workflow.sessionId}".toString(),
        '@type': 'CreateAction',
        name: "Run ${workflow.runName} of ${manifest.name}".toString(),
        description: workflow.commandLine,
        instrument: reference(main),
        startTime: workflow.start.toString(),
        endTime: workflow.complete.toString(),
        actionStatus: reference(workflow.success ? 'http://schema.org/CompletedActionStatus' : 'http://schema.org/FailedActionStatus'),
        object: references(read + values),
        result: references(made),
    ]
    def root = [
        '@id': './',
        '@type': 'Dataset',
        name: "Results of ${manifest.name} ${manifest.version}".toString(),
        description: manifest.description,
        datePublished: workflow.complete.toString(),
        license: 'as the input data allow',
        conformsTo: PROFILES().collect { id -> reference(id) },
        mainEntity: reference(main),
        mentions: reference(action['@id']),
        hasPart: [reference(main)] + references(made),
    ]
    def script = [
        '@id': main,
        '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow'],
        name: manifest.name,
        version: manifest.version,
        url: manifest.homePage,
        identifier: workflow.commitId ?: workflow.scriptId,
        programmingLanguage: reference(NEXTFLOW()),
        input: references(formal),
        softwareRequirements: references(programs),
    ]
    def about = ['@id': 'ro-crate-metadata.json', '@type': 'CreativeWork', about: reference('./'), conformsTo: [SPECIFICATION(), PROFILES()[-1]].collect { id -> reference(id) }]
    def nextflow = ['@id': NEXTFLOW(), '@type': ['ComputerLanguage', 'SoftwareApplication'], name: 'Nextflow', url: reference(NEXTFLOW()), version: workflow.nextflow.version.toString(), softwareVersion: workflow.nextflow.version.toString()]
    def profiles = PROFILES().collect { id -> ['@id': id, '@type': 'CreativeWork', name: id.tokenize('/')[-2..-1].join(' '), version: id.tokenize('/')[-1]] }
    return [about, root, script, nextflow, action] + profiles + programs + formal + values + read + made
}

// Beside the results, from a temporary name: a crate is whole or not there
def writeCrate(outdir, given, rules, files) {
    def folder = file(outdir, glob: false)
    def crate = ['@context': [SPECIFICATION() + '/context', 'https://w3id.org/ro/terms/workflow-run/context'], '@graph': graphOf(folder, given, rules, files)]
    def part = folder.resolve('.ro-crate-metadata.json.part')
    part.text = groovy.json.JsonOutput.prettyPrint(groovy.json.JsonOutput.toJson(crate)) + '\n'
    java.nio.file.Files.move(part, folder.resolve('ro-crate-metadata.json'), java.nio.file.StandardCopyOption.REPLACE_EXISTING)
}
