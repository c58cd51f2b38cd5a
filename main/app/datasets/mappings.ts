import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readPlainText } from '../../common/read-file.ts'
import { replaceFile } from '../../common/replace-file.ts'
import { type DataMapping, dataMapping } from '../../shared/data-mapping.ts'

const document = z.object({ version: z.literal(1), mappings: z.array(z.object({ shape: z.string(), mapping: dataMapping })) })

/** How many shapes are remembered; older ones are forgotten. */
const most = 200
const largestBytes = 8 << 20

/** Mappings of columns that were used for an import, by the file's shape, in the data folder. */
export function rememberedMappings(folder: string) {
  const file = join(folder, 'column-mappings.json')

  /** A damaged file only means that mappings are chosen again. */
  function read(): z.infer<typeof document>['mappings'] {
    if (!existsSync(file)) return []
    try {
      return document.parse(JSON.parse(readPlainText(file, largestBytes))).mappings
    } catch {
      return []
    }
  }

  return {
    of: (shape: string): DataMapping | null => read().find((known) => known.shape === shape)?.mapping ?? null,
    keep(shape: string, mapping: DataMapping): void {
      const others = read().filter((known) => known.shape !== shape)
      const mappings = [...others, { shape, mapping }].slice(-most)
      replaceFile(file, `${JSON.stringify({ version: 1, mappings }, null, 2)}\n`)
    },
  }
}
