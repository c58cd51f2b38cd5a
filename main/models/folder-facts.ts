import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readPlainText } from '../common/read-file.ts'
import { badInput } from '../shared/errors.ts'
import { licenseOf } from './license.ts'
import type { HeaderFacts } from './model-facts.ts'
import { type SafetensorsSizes, safetensorsSizes } from './safetensors-sizes.ts'

const configJson = z.looseObject({ model_type: z.string().optional(), max_position_embeddings: z.number().optional() })
const tokenizerConfig = z.looseObject({ chat_template: z.unknown() })
const shardIndex = z.looseObject({ weight_map: z.record(z.string(), z.string()) })

/** A Hugging Face folder's facts. Throws BAD_INPUT if config.json can't be read; a problem with the weights is part of the result. */
export function folderFacts(path: string): HeaderFacts & { readonly problem?: string } {
  const config = readJson(path, 'config.json', configJson)
  if (config === undefined) throw badInput('The folder has no config.json.', 'Choose a Hugging Face model folder.')
  const names = readdirSync(path)
  const facts = {
    architecture: config.model_type ?? null,
    bytes: names.reduce((sum, name) => sum + (statSync(join(path, name), { throwIfNoEntry: false })?.size ?? 0), 0),
    contextLength: config.max_position_embeddings ?? null,
    hasChatTemplate: hasTemplate(path),
    license: licenseOf(path),
  }
  try {
    const sizes = weightFiles(path, names).map((name) => safetensorsSizes(join(path, name)))
    return { ...facts, ...summed(sizes), ...(names.includes('tokenizer.json') ? {} : { problem: noTokenizer }) }
  } catch (error) {
    return { ...facts, parameters: null, precision: null, problem: (error as Error).message }
  }
}

const noTokenizer = "tokenizer.json is missing, so it can't process text."

/** The weight files: a single one, or those named in the index. */
function weightFiles(path: string, names: readonly string[]): string[] {
  if (names.includes('model.safetensors')) return ['model.safetensors']
  const shards = shardsOf(path)
  if (shards !== undefined) return shards
  const loose = names.filter((name) => name.endsWith('.safetensors'))
  if (loose.length > 0) return loose
  if (names.some((name) => /^pytorch_model.*\.bin$/.test(name))) {
    throw new Error('Its weights are in PyTorch format (pytorch_model.bin). Save them as safetensors.')
  }
  throw new Error('Its weights are missing: there is no .safetensors file.')
}

/** The weight files named in a folder's index, undefined without an index. Throws if one of them is missing. */
export function shardsOf(path: string): string[] | undefined {
  if (existsSync(join(path, 'model.safetensors'))) return undefined
  const index = readJson(path, 'model.safetensors.index.json', shardIndex)
  if (index === undefined) return undefined
  const shards = [...new Set(Object.values(index.weight_map))]
  const missing = shards.filter((name) => !existsSync(join(path, name)))
  if (missing.length > 0) throw new Error(`${missing.length} of its ${shards.length} weight files are missing (${missing[0]}).`)
  return shards
}

const precisions: Readonly<Record<string, string>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' }

/** The number of parameters, and the most common precision. */
function summed(sizes: readonly SafetensorsSizes[]): Pick<HeaderFacts, 'parameters' | 'precision'> {
  const byType = new Map<string, number>()
  for (const [type, count] of sizes.flatMap(({ elements }) => [...elements])) byType.set(type, (byType.get(type) ?? 0) + count)
  const most = [...byType].sort((a, b) => b[1] - a[1])[0]
  return {
    parameters: [...byType.values()].reduce((sum, count) => sum + count, 0),
    precision: most === undefined ? null : (precisions[most[0]] ?? most[0]),
  }
}

const hasTemplate = (path: string): boolean => {
  if (existsSync(join(path, 'chat_template.jinja'))) return true
  return Boolean(readJson(path, 'tokenizer_config.json', tokenizerConfig)?.chat_template)
}

/** A shard index can name a hundred thousand tensors, and a tokenizer's settings as many tokens; a larger file is something else. */
const largestJson = 32 << 20
const largestConfig = 1 << 20

function readJson<Schema extends z.ZodType>(path: string, name: string, schema: Schema): z.output<Schema> | undefined {
  const file = join(path, name)
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  if (!stats.isFile()) throw badInput(`${name} isn't a file.`, 'Copy or download it again.')
  const most = name === 'config.json' ? largestConfig : largestJson
  if (stats.size > most) throw badInput(`${name} is too large for a file of its kind.`, 'Copy or download it again.')
  try {
    return schema.parse(JSON.parse(readPlainText(file, most)))
  } catch {
    throw badInput(`${name} is damaged: it isn't valid JSON of the expected form.`, 'Copy or download it again.')
  }
}
