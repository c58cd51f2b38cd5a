import { closeSync, existsSync, readdirSync, readSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { GGMLQuantizationType, type GGUFParseOutput, gguf } from '@huggingface/gguf'
import { z } from 'zod'
import { filesStamp } from '../common/file-identity.ts'
import { openPlainFile, readPlainText } from '../common/read-file.ts'
import { ggufArchitecture } from '../engine/model/architectures/families.ts'
import { isArchitecture, supportedModels } from '../shared/architectures.ts'
import { badInput, toErrorValue } from '../shared/errors.ts'
import { licenseOf } from './model-card.ts'
import { type SafetensorsSizes, safetensorsSizes } from './safetensors-sizes.ts'

/** Facts from the headers of a model's files. Null: not stated. */
interface HeaderFacts {
  readonly architecture: string | null // Hugging Face's model_type
  readonly parameters: number | null
  readonly bytes: number // of all its files
  readonly precision: string | null // 'float32', 'bfloat16', 'Q4_1'
  readonly contextLength: number | null // tokens
  readonly hasChatTemplate: boolean
  readonly license: string | null
}

export interface ModelFacts extends HeaderFacts {
  readonly format: 'hugging-face' | 'gguf'
  /** Why the model can't be used, in plain words; null if there is no known problem. The weights aren't checked. */
  readonly problem: string | null
}

export const nothingKnown: HeaderFacts = {
  ...{ architecture: null, parameters: null, bytes: 0, precision: null, contextLength: null, hasChatTemplate: false, license: null },
}

/** Facts by path, valid while the files are unchanged. */
const known = new Map<string, { readonly stamp: string; readonly facts: ModelFacts }>()

/** Facts about a model folder or GGUF file, from its headers alone. Never throws: problems are part of the result. */
export async function modelFacts(path: string): Promise<ModelFacts> {
  const stamp = filesStamp(path)
  const before = known.get(path)
  if (before !== undefined && before.stamp === stamp) return before.facts
  const facts = await read(path)
  known.set(path, { stamp, facts })
  return facts
}

async function read(path: string): Promise<ModelFacts> {
  const format = path.toLowerCase().endsWith('.gguf') ? 'gguf' : 'hugging-face'
  try {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return { ...nothingKnown, format, problem: 'It no longer exists.' }
    const { problem = null, ...facts } = format === 'gguf' ? await ggufFacts(path) : folderFacts(path)
    return { ...facts, format, problem: problem ?? strangeness(facts) }
  } catch (thrown) {
    return { ...nothingKnown, format, problem: toErrorValue(thrown).message.split('\n')[0] }
  }
}

function strangeness({ architecture }: HeaderFacts): string | null {
  if (architecture === null || isArchitecture(architecture)) return null
  return `${architecture} models aren't supported. ${supportedModels}`
}

const configJson = z.looseObject({ model_type: z.string().optional(), max_position_embeddings: z.number().optional() })
const tokenizerConfig = z.looseObject({ chat_template: z.unknown() })
const shardIndex = z.looseObject({ weight_map: z.record(z.string(), z.string()) })

/** A Hugging Face folder's facts. Throws BAD_INPUT if config.json can't be read; a problem with the weights is part of the result. */
function folderFacts(path: string): HeaderFacts & { readonly problem?: string } {
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

/** A GGUF file's facts. Throws BAD_INPUT if its header can't be read. */
async function ggufFacts(path: string): Promise<HeaderFacts & { readonly problem?: string }> {
  const bytes = checkHead(path)
  const { metadata, tensorInfos } = await parse(path)
  const value = (key: string): unknown => (metadata as Record<string, unknown>)[key]
  const text = (key: string): string | null => (typeof value(key) === 'string' ? (value(key) as string) : null)
  const number = (key: string): number | null => {
    const found = value(key)
    return typeof found === 'number' || typeof found === 'bigint' ? Number(found) : null
  }
  const named = text('general.architecture')
  const window = number(`${named}.attention.sliding_window`) ?? 0
  return {
    architecture: ggufArchitecture(named, window)?.id ?? named,
    parameters: tensorInfos.reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * Number(n), 1), 0),
    bytes,
    precision: commonest(tensorInfos),
    contextLength: named === null ? null : number(`${named}.context_length`),
    hasChatTemplate: text('tokenizer.chat_template') !== null,
    license: text('general.license'),
    ...((number('split.count') ?? 1) > 1
      ? { problem: 'It is one part of a split file. Join the parts with llama-gguf-split --merge.' }
      : {}),
  }
}

const leastTensorBytes = 24
const leastKeyBytes = 13
const most = 100_000 // tensors, or keys

/** Rejects files that aren't GGUF, or whose header declares more than the file can hold. Returns the file size. */
function checkHead(path: string): number {
  const { file, size } = openPlainFile(path)
  try {
    const head = Buffer.alloc(24)
    if (readSync(file, head, 0, 24, 0) < 24 || head.toString('latin1', 0, 4) !== 'GGUF') throw damaged("It isn't a GGUF file.")
    const [tensors, keys] = [Number(head.readBigUInt64LE(8)), Number(head.readBigUInt64LE(16))]
    if (tensors > most || keys > most) throw damaged('The GGUF file names more tensors than a model can have.')
    if (tensors * leastTensorBytes + keys * leastKeyBytes > size) throw damaged('The file is damaged or incomplete.')
    return size
  } finally {
    closeSync(file)
  }
}

async function parse(path: string): Promise<GGUFParseOutput> {
  try {
    return await gguf(resolve(path), { allowLocalFile: true })
  } catch {
    throw damaged("The file is damaged or incomplete: its header can't be read.")
  }
}

const damaged = (what: string) => badInput(what, 'Download the file again.')

/** The most common type of the weights; norms are float32 in every file. */
function commonest(tensors: GGUFParseOutput['tensorInfos']): string | null {
  const byType = new Map<number, number>()
  for (const { dtype, shape } of tensors) {
    byType.set(dtype, (byType.get(dtype) ?? 0) + shape.reduce((product, n) => product * Number(n), 1))
  }
  const most = [...byType].sort((a, b) => b[1] - a[1])[0]
  return most === undefined ? null : (GGMLQuantizationType[most[0]] ?? `type ${most[0]}`)
}
