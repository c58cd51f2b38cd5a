import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { describeIssues } from '../../../common/describe-issues.ts'
import { badInput, LaurelError } from '../../../common/errors.ts'
import { readJsonFile } from './json-file.ts'
import { openSafetensors } from './safetensors.ts'
import type { WeightSource } from './weight-source.ts'

const singleFile = 'model.safetensors'
const indexFile = 'model.safetensors.index.json'

const shardIndex = z.object({ weight_map: z.record(z.string(), z.string()) })

/** The weights of a Hugging Face folder: one file, or shards that an index names. Throws a LaurelError naming the file. */
export function openFolderWeights(folder: string): WeightSource {
  const index = join(folder, indexFile)
  if (existsSync(index)) return openShards(folder, index)
  const single = join(folder, singleFile)
  if (existsSync(single)) return openSafetensors(single)
  throw new LaurelError(
    'NOT_FOUND',
    `${folder}: neither ${singleFile} nor ${indexFile} is there`,
    'Name a folder with weights in safetensors form (pytorch_model.bin cannot be read).',
  )
}

function openShards(folder: string, index: string): WeightSource {
  const parsed = shardIndex.safeParse(readJsonFile(index))
  if (!parsed.success) throw badInput(`${index}: ${describeIssues(parsed.error)}`, 'Copy or download the file again.')
  const places = new Map(Object.entries(parsed.data.weight_map))
  const shards = new Map<string, WeightSource>()
  const close = () => {
    for (const shard of shards.values()) shard.close()
  }
  try {
    for (const [name, file] of places) {
      if (basename(file) !== file) throw badInput(`${index}: ${JSON.stringify(file)} is not a file beside it`, 'Check the index.')
      if (!shards.has(file)) shards.set(file, openSafetensors(join(folder, file)))
      if (!shards.get(file)!.has(name))
        throw badInput(`${join(folder, file)}: has no tensor ${name}, though ${indexFile} says so`, 'Download the model again.')
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
