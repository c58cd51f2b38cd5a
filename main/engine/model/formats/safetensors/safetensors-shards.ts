import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { describeIssues } from '../../../../common/describe-issues.ts'
import { badInput, LaurelError } from '../../../../shared/errors.ts'
import type { WeightSource } from '../../load-model.ts'
import { readJsonFile } from '../json-file.ts'
import { openSafetensors } from './safetensors.ts'

const singleFile = 'model.safetensors'
const indexFile = 'model.safetensors.index.json'

const shardIndex = z.object({ weight_map: z.record(z.string(), z.string()) })

/**
 * Weights of a Hugging Face folder: one file, or the shards listed in an index. Next to a single file, an index is a leftover and is
 * ignored, as in transformers. Throws a LaurelError naming the file.
 */
export function openFolderWeights(folder: string): WeightSource {
  const single = join(folder, singleFile)
  if (existsSync(single)) return openSafetensors(single)
  const index = join(folder, indexFile)
  if (existsSync(index)) return openShards(folder, index)
  throw new LaurelError(
    'NOT_FOUND',
    `${folder}: neither ${singleFile} nor ${indexFile} exists`,
    'Choose a folder with safetensors weights (pytorch_model.bin is not supported).',
  )
}

/** All tensors in the files that the index lists. The index's tensor-to-file mapping is ignored, as in transformers. */
function openShards(folder: string, index: string): WeightSource {
  const parsed = shardIndex.safeParse(readJsonFile(index))
  if (!parsed.success) throw badInput(`${index}: ${describeIssues(parsed.error)}`, 'Copy or download the file again.')
  const named = parsed.data.weight_map
  const shards = new Map<string, WeightSource>()
  const places = new Map<string, string>()
  const close = () => {
    for (const shard of shards.values()) shard.close()
  }
  try {
    for (const file of new Set(Object.values(named))) {
      if (basename(file) !== file) throw badInput(`${index}: ${JSON.stringify(file)} is not a file in the same folder`, 'Fix the index.')
      const shard = openSafetensors(join(folder, file))
      shards.set(file, shard)
      for (const name of shard.names) places.set(name, file)
    }
    const missing = Object.keys(named).find((name) => !places.has(name))
    if (missing !== undefined) {
      throw badInput(
        `${join(folder, named[missing])}: tensor ${missing} is missing, although ${indexFile} lists it`,
        'Download the model again.',
      )
    }
  } catch (error) {
    close()
    throw error
  }
  const shardOf = (name: string) => shards.get(places.get(name)!)!
  return {
    names: [...places.keys()],
    has: (name) => places.has(name),
    shape: (name) => shardOf(name).shape(name),
    read: (name, room) => shardOf(name).read(name, room),
    close,
  }
}
