//
// Stores into predictions: one training task for each cell × model × seed, then its prediction; before, where asked, what the sequence says
//

include { PRETRAIN } from '../../../modules/local/pretrain'
include { TRAIN    } from '../../../modules/local/train'
include { PREDICT  } from '../../../modules/local/predict'
include { BY_ODDS; UNTRAINED } from '../utils_tasks'

def json(path) { new groovy.json.JsonSlurper().parseText(path.text ?: '{}') }

// Whether a cell's store has expression; a stub's store says nothing and counts as one that has
def measured(store) { json(store.resolve('manifest.json')).expression?.genes != 0 }

// Whether a model can be had for these stores: by training, which needs expression, or as the checkpoint that is given
def trainable(stores, model, initial, untrained) {
    def about = initial ? initial.resolve('config.json') : null
    return model in untrained || [stores].flatten().any { store -> measured(store) } || (about && about.exists() && json(about).model == model)
}

def unmeasured(meta) { "${meta.cell} has no expression to train ${meta.model} on, and no checkpoint of it was given (--init_from, --train_cells)" }

def unsaid() { 'PRETRAIN failed, which learns what multiplies this mask: mend that, or give --sequence learned or none' }

workflow LEARN {
    take:
    ch_genome   // channel: [ meta, store ]
    ch_cells    // channel: [ meta, store ]
    train_cells // list of names, or null: each cell by itself
    models      // list of names
    seeds       // list of integers
    initial     // path or []
    pretrain    // whether to learn from the peaks what sequence is open in which cell
    in_masks    // whether that multiplies the odds of masks

    main:
    // One task for the genome with all its cells
    ch_together = ch_cells.toSortedList { a, b -> a[0].cell <=> b[0].cell }.filter { all -> pretrain && all }
    PRETRAIN(ch_together.combine(ch_genome).map { all -> [[id: all[-2].id], all[0..-3].collect { item -> item[1] }] }, ch_genome)
    ch_said = PRETRAIN.out.sequence.map { _meta, folder -> folder }

    ch_training = train_cells
        ? ch_cells.filter { meta, _store -> meta.cell in train_cells }.toSortedList { a, b -> a[0].cell <=> b[0].cell }.filter { all -> all.size() == train_cells.size() }.map { all -> [train_cells.sort(false).join('+'), all.collect { item -> item[1] }] }
        : ch_cells.map { meta, store -> [meta.cell, store] }

    ch_runs = ch_training
        .combine(channel.fromList(models))
        .combine(channel.fromList(seeds))
        .map { cell, stores, model, seed -> [[id: "${cell}.${model}.${seed}".toString(), cell: cell, model: model, seed: seed], stores] }
        .branch { meta, stores ->
            cannot: !trainable(stores, meta.model, initial, UNTRAINED())
            said: in_masks && meta.model in BY_ODDS()
            plain: true
        }
    ch_given = ch_runs.said.combine(ch_said).mix(ch_runs.plain.map { meta, stores -> [meta, stores, []] })
    TRAIN(ch_given.map { meta, stores, said -> [meta, meta.model, meta.seed, stores, said] }, ch_genome, initial)

    // A model of several cells is applied to every cell
    ch_pairs = TRAIN.out.checkpoint
        .combine(ch_cells)
        .filter { meta, _checkpoint, meta2, _store -> train_cells || meta.cell == meta2.cell }
        .map { meta, checkpoint, meta2, store -> [meta + [id: "${meta2.cell}.${meta.model}.${meta.seed}".toString(), cell: meta2.cell], checkpoint, store] }
        .branch { meta, _checkpoint, _store ->
            said: in_masks && meta.model in BY_ODDS()
            plain: true
        }
    PREDICT(ch_pairs.said.combine(ch_said).mix(ch_pairs.plain.map { meta, checkpoint, store -> [meta, checkpoint, store, []] }), ch_genome)

    emit:
    checkpoints = TRAIN.out.checkpoint // channel: [ meta, folder ]
    predictions = PREDICT.out.prediction // channel: [ meta, folder ]
    sequence    = ch_said.ifEmpty([]).first() // channel: path or []
    untrained   = ch_runs.cannot.map { meta, _stores -> [meta, unmeasured(meta)] }.mix(ch_runs.said.combine(ch_said.count().filter { number -> number == 0 }).map { meta, _stores, _none -> [meta, unsaid()] }) // channel: [ meta, sentence ] of the runs that were not asked for
    tasks       = PRETRAIN.out.sequence.map { meta, path -> ['PRETRAIN', meta, path] }.mix(TRAIN.out.checkpoint.map { meta, path -> ['TRAIN', meta, path] }, PREDICT.out.prediction.map { meta, path -> ['PREDICT', meta, path] }) // channel: [ process, meta, path ]
}
