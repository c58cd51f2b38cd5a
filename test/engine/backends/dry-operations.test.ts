import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type DryTensor, knownOperations, outputsOf } from '../../../bench/harness/dry-operations.ts'
import { homeFolder } from '../../../main/common/home.ts'
import type { NativeBinding } from '../../../main/engine/backends/binding-types.ts'
import { useBinding } from '../../../main/engine/backends/native.ts'
import { generate } from '../../../main/engine/inference/generate.ts'
import { createDecoder, disposeDecoder } from '../../../main/engine/model/decoder.ts'
import { loadWeights, type WeightOptions } from '../../../main/engine/model/weights.ts'
import { dpoTask } from '../../../main/engine/training/task.ts'
import { disposeTraining, startTraining, update } from '../../../main/engine/training/train.ts'
import { findRuntime } from '../../../main/runtimes/find.ts'
import { loraConfig, trainConfig } from '../../../main/shared/train-config.ts'
import { nativeLibrary, needing } from '../../support/needs.ts'
import { randomWeights, tinyConfig } from '../numerics/tiny-model.ts'

process.env.LAUREL_KERNELS = 'none' // the operations of a GPU are those of the plain formulas
process.env.LAUREL_REPLAY = 'none' // recorded, they would have no names
process.env.TF_NUM_INTRAOP_THREADS = '1'
process.env.TF_CPP_MIN_LOG_LEVEL = '2'

/** Names of the operations run so far. */
const seen = new Set<string>()

/** The library's binding, which compares every operation's outputs with what the dry binding infers. */
function comparing(binding: NativeBinding): NativeBinding {
  const known = new Map<number, DryTensor>()
  const compared: Partial<NativeBinding> = {
    createTensor(shape, dtype, values) {
      const id = binding.createTensor(shape, dtype, values)
      known.set(id, { shape, dtype, ...(values instanceof Int32Array && { values: values.slice() }) })
      return id
    },
    executeOp(name, attributes, ids, count) {
      const outputs = binding.executeOp(name, attributes, ids, count)
      const inputs = ids.map((id) => known.get(id)!)
      const inferred = outputsOf(name, inputs, new Map(attributes.map(({ name: key, value }) => [key, value])), count)
      expect({ name, outputs: inferred.map(({ shape, dtype }) => ({ shape: [...shape], dtype })) }).toEqual({
        name,
        outputs: outputs.map(({ shape, dtype }) => ({ shape: [...shape], dtype })),
      })
      for (const { id, shape, dtype } of outputs) known.set(id, { shape, dtype })
      seen.add(name)
      return outputs
    },
  }
  return Object.create(binding, Object.fromEntries(Object.entries(compared).map(([name, value]) => [name, { value }])))
}

needing(nativeLibrary).describe('shapes and types that the dry binding infers are TensorFlow’s', () => {
  beforeAll(async () => {
    const path = join(findRuntime(homeFolder())!.folder, 'tfjs_binding.node')
    await useBinding(comparing(createRequire(import.meta.url)(path)))
  })

  const pair = (seed: number) => ({
    ...{ prompt: [3, 4, 5 + seed], chosen: [6, 7, 8, 9], rejected: [10 + seed, 11], weight: 1, consistency: 0.8 },
  })

  /** One step of DPO with a model whose heads are normalized. */
  async function train(settings: object): Promise<void> {
    const config = trainConfig.parse({ precision: 'bfloat16', batch_size: 2, weight_decay: 0.1, ...settings })
    const model = tinyConfig({ model_type: 'qwen3', pad_token_id: 0 })
    const { lora, seed, random, precision } = config
    const options: WeightOptions = { precision, train: lora ? { lora, seed, random } : 'full' }
    const decoder = createDecoder(model, loadWeights(model, randomWeights(model, 1), options), precision)
    const training = startTraining(decoder)
    const encoded = { examples: [pair(0), pair(1)], truncated: 0, leftOut: [], rows: [0, 1] }
    const references = encoded.examples.map(() => ({ chosen: -9, rejected: -9 }))
    await update(training, dpoTask(decoder, encoded, references, config), 1, config)
    disposeTraining(training)
    disposeDecoder(decoder)
  }

  test('in training', async () => {
    await train({ freeze_padding: true, dropout: 0.1 })
  })

  test('in training adapters', async () => {
    await train({ lora: loraConfig.parse({ rank: 2, dropout: 0.1 }), gradient_checkpointing: true })
  })

  test('in sampling', async () => {
    const config = tinyConfig({ vocab_size: 5000 }) // large enough for a shortlist
    const decoder = createDecoder(
      config,
      loadWeights(config, randomWeights(config, 1), { precision: 'bfloat16', train: 'none' }),
      'bfloat16',
    )
    const sampling = { greedy: false, temperature: 1, topK: 0, topP: 0.5, maxNewTokens: 3, minNewTokens: 1, stop: [] }
    const rows = [
      [3, 4, 5],
      [3, 4, 6, 7, 8],
    ].map((promptIds) => ({ promptIds, seeds: [1, 2] }))
    for await (const { tokenIds } of generate({ decoder }, rows, { sampling, batch: 3, stopTokens: [2] })) expect(tokenIds).not.toEqual([])
    disposeDecoder(decoder)
  })

  test('and each was compared', () => {
    expect(knownOperations.filter((name) => !seen.has(name))).toEqual([])
  })
})
