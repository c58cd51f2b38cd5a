import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { z } from 'zod'
import { describeIssues } from '../../../../common/describe-issues.ts'
import { badInput, LaurelError } from '../../../../shared/errors.ts'
import type { ModelFiles, WeightSource } from '../../load-model.ts'
import { readJsonFile } from '../json-file.ts'
import { adapterConfigFile, adapterWeightsFile, peftPrefix } from './adapter-files.ts'
import { openSafetensors } from './safetensors.ts'

const loraFile = z.looseObject({
  peft_type: z.string(),
  base_model_name_or_path: z.string(),
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
  lora_dropout: z.number().default(0),
  bias: z.string().default('none'),
  fan_in_fan_out: z.boolean().nullish(),
  use_dora: z.boolean().nullish(),
  use_rslora: z.boolean().nullish(),
  modules_to_save: z.array(z.unknown()).nullish(),
  rank_pattern: z.record(z.string(), z.unknown()).nullish(),
  alpha_pattern: z.record(z.string(), z.unknown()).nullish(),
})

/** A low-rank adapter in PEFT's form. */
export interface Adapter {
  readonly base: string // path of the model it was trained on
  readonly rank: number
  readonly alpha: number
  readonly dropout: number
  readonly scale: number
  /** By the base model's names, without `.weight`: the two matrices. */
  readonly modules: ReadonlyMap<string, { readonly a: Float32Array; readonly b: Float32Array; readonly shape: readonly [number, number] }>
}

export const isAdapterFolder = (path: string): boolean =>
  existsSync(join(path, adapterConfigFile)) && !existsSync(join(path, 'config.json'))

/** Reads an adapter's folder. Throws NOT_FOUND, BAD_INPUT or UNSUPPORTED naming the file. */
export function readAdapter(folder: string): Adapter {
  const where = join(folder, adapterConfigFile)
  const parsed = loraFile.safeParse(readJsonFile(where))
  if (!parsed.success)
    throw badInput(`${where}: ${describeIssues(parsed.error)}`, 'Use the adapter_config.json that came with the adapter.')
  const c = parsed.data
  const unsupported = (what: string) => new LaurelError('UNSUPPORTED', `${where}: ${what} is not supported`, 'Merge the adapter with PEFT.')
  if (c.peft_type !== 'LORA') throw unsupported(`peft_type ${c.peft_type}`)
  if (c.bias !== 'none') throw unsupported(`bias ${c.bias}`)
  for (const option of ['fan_in_fan_out', 'use_dora'] as const) if (c[option]) throw unsupported(option)
  for (const option of ['modules_to_save', 'rank_pattern', 'alpha_pattern'] as const) {
    if (Object.keys(c[option] ?? {}).length > 0) throw unsupported(option)
  }
  const file = join(folder, adapterWeightsFile)
  const weights = openSafetensors(file)
  try {
    return {
      ...{ base: baseOf(c.base_model_name_or_path, where), rank: c.r, alpha: c.lora_alpha, dropout: c.lora_dropout },
      scale: c.lora_alpha / (c.use_rslora ? Math.sqrt(c.r) : c.r),
      modules: modulesIn(weights, c.r, file),
    }
  } finally {
    weights.close()
  }
}

/** Names on the Hub aren't looked up: nothing is downloaded unasked. */
function baseOf(named: string, where: string): string {
  if (isAbsolute(named) && existsSync(named)) return named
  throw new LaurelError(
    'NOT_FOUND',
    `${where}: its base model ${named} isn't on this machine`,
    'Set base_model_name_or_path to the path of the base model.',
  )
}

function modulesIn(weights: WeightSource, rank: number, file: string): Adapter['modules'] {
  const modules = new Map<string, { a: Float32Array; b: Float32Array; shape: [number, number] }>()
  for (const name of weights.names) {
    const [, module, matrix] = /^(?:base_model\.model\.)?(.+)\.lora_([AB])\.weight$/.exec(name) ?? []
    if (module === undefined)
      throw new LaurelError('UNSUPPORTED', `${file}: tensor ${name} is not supported`, 'Merge the adapter with PEFT.')
    if (matrix === 'B') continue
    const other = name.replace(/lora_A\.weight$/, 'lora_B.weight')
    if (!weights.has(other) || weights.shape(name)[0] !== rank || weights.shape(other)[1] !== rank) {
      throw badInput(`${file}: ${peftPrefix}${module} isn't an adapter of rank ${rank}`, 'Copy or download the file again.')
    }
    modules.set(module, { a: weights.read(name), b: weights.read(other), shape: [weights.shape(other)[0], weights.shape(name)[1]] })
  }
  return modules
}

/** A model with an adapter, merged as its weights are read. `openBase` opens the model that the adapter names. */
export async function openAdapterModel(folder: string, openBase: (path: string) => Promise<ModelFiles>): Promise<ModelFiles> {
  const adapter = readAdapter(folder)
  const base = await openBase(adapter.base)
  const { weights } = base
  for (const [module, { shape }] of adapter.modules) {
    const name = `${module}.weight`
    if (weights.has(name) && weights.shape(name).join() === shape.join()) continue
    weights.close()
    throw badInput(`${folder}: the adapter of ${module} doesn't fit ${adapter.base}`, 'Use the model that the adapter was trained on.')
  }
  const read: WeightSource['read'] = (name, room) => {
    const values = weights.read(name, room)
    const module = adapter.modules.get(name.replace(/\.weight$/, ''))
    if (module) addProduct(values, module.b, module.a, module.shape, adapter.scale)
    return values
  }
  return { ...base, path: folder, weights: { ...weights, read } }
}

/** `W += scale B A` in float32, in place: B is [O, R] and A [R, I], with a small R. */
export function addProduct(
  weight: Float32Array,
  b: Float32Array,
  a: Float32Array,
  [outputs, inputs]: readonly [number, number] | readonly number[],
  scale: number,
): void {
  const rank = a.length / inputs
  for (let o = 0; o < outputs; o++) {
    for (let r = 0; r < rank; r++) {
      const factor = scale * b[o * rank + r]
      for (let i = 0; i < inputs; i++) weight[o * inputs + i] += factor * a[r * inputs + i]
    }
  }
}
