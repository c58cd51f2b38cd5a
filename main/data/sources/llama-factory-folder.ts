import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { parseDocument } from '../../common/json-document.ts'
import { isObject } from '../../shared/is-object.ts'

/** A data set of LLaMA-Factory's dataset_info.json. */
export interface FactorySet {
  readonly fileName: string
  /** Renames a row's fields, and the parts of its messages, to LLaMA-Factory's defaults. */
  rename(row: unknown): unknown
}

const entry = z.object({
  file_name: z.string(),
  formatting: z.string().optional(),
  columns: z.record(z.string(), z.string()).default({}),
  tags: z.record(z.string(), z.string()).default({}),
})

/** The names of columns that LLaMA-Factory's loader assumes, by their meaning. */
const standardColumns: Readonly<Record<string, string>> = {
  ...{ prompt: 'instruction', query: 'input', response: 'output', history: 'history', system: 'system' },
  ...{ messages: 'conversations', chosen: 'chosen', rejected: 'rejected', kto_tag: 'kto_tag', tools: 'tools' },
  ...{ images: 'images', videos: 'videos', audios: 'audios' },
}

const mostBytes = 16 << 20

/** A folder's data sets by name, if it has a dataset_info.json of LLaMA-Factory (the Hugging Face file of this name has other content). */
export function factorySets(folder: string): ReadonlyMap<string, FactorySet> | undefined {
  const place = join(folder, 'dataset_info.json')
  if (!existsSync(place) || statSync(place).size > mostBytes) return undefined
  let document: unknown
  try {
    document = parseDocument(readFileSync(place, 'utf8'))
  } catch {
    return undefined
  }
  if (!isObject(document)) return undefined
  const sets = Object.entries(document).flatMap(([name, value]): [string, FactorySet][] => {
    const { data } = entry.safeParse(value)
    return data === undefined ? [] : [[name, { fileName: data.file_name, rename: renamer(data) }]]
  })
  return sets.length === 0 ? undefined : new Map(sets)
}

function renamer({ columns, tags }: z.infer<typeof entry>): (row: unknown) => unknown {
  const renamed = Object.entries(columns).flatMap(([meaning, name]) => {
    const standard = standardColumns[meaning]
    return standard === undefined || standard === name ? [] : [[name, standard] as const]
  })
  const names = new Map(renamed)
  const taken = new Set(names.values())
  return (row) => {
    if (!isObject(row)) return row
    const fields = Object.entries(row).flatMap(([name, value]): [string, unknown][] => {
      const standard = names.get(name)
      // a field that isn't a column but has a column's standard name
      if (standard === undefined) return taken.has(name) ? [[`other_${name}`, value]] : [[name, value]]
      return [[standard, value]]
    })
    return Object.fromEntries(fields.map(([name, value]) => [name, Object.keys(tags).length === 0 ? value : withPlainTags(value, tags)]))
  }
}

/** Messages with `from` and `value`, and the standard roles. */
function withPlainTags(value: unknown, tags: Readonly<Record<string, string>>): unknown {
  const { role_tag: role = 'from', content_tag: content = 'value' } = tags
  const plain = (message: unknown): unknown => {
    if (!isObject(message) || !(role in message) || !(content in message)) return message
    const { [role]: from, [content]: text, ...rest } = message
    const speaker = ['user', 'assistant', 'system'].find((one) => tags[`${one}_tag`] === from)
    return { ...rest, from: speaker ?? from, value: text }
  }
  return Array.isArray(value) ? value.map(plain) : plain(value)
}
