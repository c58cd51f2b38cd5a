import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { resourceFile } from '../../../common/resources.ts'

/** Laurel's Python package as an archive that Ray unpacks for a job. */
export interface CodePackage {
  /** As Ray names packages of code: by the hash of their content. */
  readonly name: string
  readonly archive: Buffer
}

const packageName = 'laurel_cluster'

/** The package of this Laurel, so that the cluster runs the code of the same version. */
export function clusterCode(): CodePackage {
  const folder = resourceFile('cluster', packageName)
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.py'))
    .sort()
    .map((name) => ({ name: `${packageName}/${name}`, content: readFileSync(join(folder, name)) }))
  const archive = zipOf(files)
  return { name: `_ray_pkg_${createHash('sha256').update(archive).digest('hex').slice(0, 32)}.zip`, archive }
}

interface ZippedFile {
  readonly name: string
  readonly content: Buffer
}

/** 1 January 1980, so that equal files give equal archives. */
const date = 0x0021

/** A zip archive without compression (PKWARE's APPNOTE, version 2.0). */
export function zipOf(files: readonly ZippedFile[]): Buffer {
  const entries: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content } of files) {
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0) // version needed
    common.writeUInt16LE(date, 8)
    common.writeUInt32LE(crc32(content), 10)
    common.writeUInt32LE(content.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const entry = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), content])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE((0o100644 << 16) >>> 0, 6) // a plain file, readable by everyone
    rest.writeUInt32LE(offset, 10)
    directory.push(Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, rest, Buffer.from(name))
    entries.push(entry)
    offset += entry.length
  }
  const listing = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(listing.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...entries, listing, Buffer.from('PK\x05\x06'), end])
}
