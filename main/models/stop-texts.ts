import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readPlainText } from '../common/read-file.ts'
import { isObject } from '../shared/is-object.ts'

const largestFile = 128 << 20

const ids = z.union([z.int(), z.array(z.int())]).nullish()
const config = z.looseObject({ eos_token_id: ids })
const tokenizer = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string(), special: z.boolean().default(false) })).default([]),
  model: z.looseObject({ vocab: z.unknown() }).optional(),
})

/**
 * The texts of a model folder's end-of-generation tokens. `behindAnswer` is the text that the chat template writes after an answer: a
 * special token at its start ends the turn, but the configuration of many tuned models doesn't list it.
 */
export function stopTexts(folder: string, behindAnswer = ''): string[] {
  const ends = ['generation_config.json', 'config.json'].flatMap((name) => {
    const parsed = config.safeParse(readJson(join(folder, name)))
    return parsed.success ? [parsed.data.eos_token_id ?? []].flat() : []
  })
  const parsed = tokenizer.safeParse(readJson(join(folder, 'tokenizer.json')))
  if (!parsed.success) return []
  const { added_tokens, model } = parsed.data
  const vocabulary = isObject(model?.vocab) ? Object.entries(model.vocab) : []
  const texts = new Map<number, string>([
    ...vocabulary.map(([text, id]) => [Number(id), text] as const),
    ...added_tokens.map(({ id, content }) => [id, content] as const),
  ])
  const special = added_tokens.filter((token) => token.special && token.content !== '').map(({ content }) => content)
  const turnEnds = special.filter((content) => behindAnswer.trimStart().startsWith(content)).toSorted((a, b) => b.length - a.length)
  return [...new Set([...turnEnds.slice(0, 1), ...ends.flatMap((id) => texts.get(id) ?? [])])]
}

function readJson(path: string): unknown {
  if (!existsSync(path)) return null
  try {
    return JSON.parse(readPlainText(path, largestFile))
  } catch {
    return null
  }
}
