import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { badInput } from '../../shared/errors.ts'

/** What save_to_disk writes beside a data set's files. Other Arrow files in the folder are results of earlier steps. */
const stateSchema = z.object({ _data_files: z.array(z.object({ filename: z.string() })), _split: z.string().nullable().default(null) })
const dictSchema = z.object({ splits: z.array(z.string()) })

/**
 * The files of each split of a folder that the datasets library's save_to_disk wrote, as paths with slashes. Undefined: the folder is none.
 * Throws BAD_INPUT if its description is damaged, or a file that it names is missing.
 */
export function savedSplits(folder: string): ReadonlyMap<string, readonly string[]> | undefined {
  const dict = described(folder, 'dataset_dict.json', dictSchema)
  if (dict === undefined) {
    const state = described(folder, 'state.json', stateSchema)
    return state && new Map([[state._split ?? 'train', filesOf(folder, state)]])
  }
  return new Map(
    dict.splits.map((split) => {
      const state = described(join(folder, split), 'state.json', stateSchema)
      if (state === undefined) throw badInput(`${folder}: its split "${split}" is missing`, 'Save the data set again with save_to_disk.')
      return [split, filesOf(join(folder, split), state).map((name) => `${split}/${name}`)]
    }),
  )
}

function filesOf(folder: string, { _data_files }: z.infer<typeof stateSchema>): string[] {
  const names = _data_files.map(({ filename }) => filename)
  const missing = names.find((name) => !existsSync(join(folder, name)))
  if (missing !== undefined) throw badInput(`${folder}: ${missing} is missing`, 'Save the data set again with save_to_disk.')
  return names
}

/** A description in the folder, or undefined if there is none. Other programs write a state.json too, without data files. */
function described<T>(folder: string, name: string, schema: z.ZodType<T>): T | undefined {
  const place = join(folder, name)
  if (!existsSync(place)) return undefined
  try {
    return schema.safeParse(JSON.parse(readFileSync(place, 'utf8'))).data
  } catch (error) {
    throw badInput(`${place}: isn't JSON (${(error as Error).message})`, 'Save the data set again with save_to_disk.')
  }
}
