// Sizes and, of each sequence, one stretch of a 2bit file as JSON, read with @gmod/twobit.
// node twobit.mjs FILE START END
import { TwoBitFile } from '@gmod/twobit'
import { LocalFile } from 'generic-filehandle2'

const [path, start, end] = process.argv.slice(2)
const file = new TwoBitFile({ filehandle: new LocalFile(path) })
const out = {}
for (const [name, size] of Object.entries(await file.getSequenceSizes())) out[name] = [size, await file.getSequence(name, Number(start), Number(end))]
console.log(JSON.stringify(out))
