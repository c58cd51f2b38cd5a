import { readFileSync } from 'node:fs'
import type { z } from 'zod'

/** A JSON file that Laurel wrote for itself; undefined if it is missing or damaged, so that it can be written again. */
export function readStored<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema> | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}
