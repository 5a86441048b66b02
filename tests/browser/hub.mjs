// Read a one-file hub with @gmod/ucsc-hub and every file it names with @gmod/bbi; print what they hold as JSON.
// node hub.mjs FOLDER_OF_HUB_TXT
import fs from 'fs'
import path from 'path'
import { BigBed, BigWig } from '@gmod/bbi'
import { SingleFileHub } from '@gmod/ucsc-hub'
import { LocalFile } from 'generic-filehandle2'

const folder = process.argv[2]
const hub = new SingleFileHub(fs.readFileSync(path.join(folder, 'hub.txt'), 'utf8'))
const out = { genome: hub.genome.data, tracks: {} }
for (const [name, stanza] of Object.entries(hub.tracks.data)) {
  const { type, bigDataUrl, parent } = stanza.data ?? stanza
  out.tracks[name] = { type, parent }
  if (!bigDataUrl) continue
  const filehandle = new LocalFile(path.join(folder, bigDataUrl))
  const file = type.startsWith('bigWig') ? new BigWig({ filehandle }) : new BigBed({ filehandle })
  const header = await file.getHeader()
  const sizes = Object.values(header.refsByNumber).map((r) => [r.name, r.length])
  const features = await Promise.all(sizes.map(([chrom, length]) => file.getFeatures(chrom, 0, length)))
  out.tracks[name] = { type, parent, url: bigDataUrl, sizes: Object.fromEntries(sizes), features: features.flat().length, fields: header.fieldCount, defined: header.definedFieldCount }
}
console.log(JSON.stringify(out))
