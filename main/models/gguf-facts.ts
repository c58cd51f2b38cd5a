import { closeSync, readSync } from 'node:fs'
import { resolve } from 'node:path'
import { GGMLQuantizationType, type GGUFParseOutput, gguf } from '@huggingface/gguf'
import { openPlainFile } from '../common/read-file.ts'
import { ggufArchitecture } from '../engine/model/architectures/architectures.ts'
import { badInput } from '../shared/errors.ts'
import type { HeaderFacts } from './model-facts.ts'

/** A GGUF file's facts. Throws BAD_INPUT if its header can't be read. */
export async function ggufFacts(path: string): Promise<HeaderFacts & { readonly problem?: string }> {
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
