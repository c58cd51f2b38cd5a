import { expect, test } from 'vitest'
import { runMemory } from '../../main/loop/run-memory.ts'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'

const shape = {
  ...{ vocabulary: 49_152, hidden: 576, intermediate: 1536, layers: 30, heads: 9, keyValueHeads: 3, headDim: 64 },
  ...{ attentionBias: false, queryKeyNorm: false, tiedEmbeddings: true },
}
const recipeOf = (changes: object) => recipeSchema.parse({ name: 'x', base_model: '/x', ...changes })
const memoryOf = (changes: object) => runMemory(shape, recipeOf(changes), 'bfloat16')

test('longer answers take more memory, to generate and to learn from', () => {
  const [short, long] = [50, 1500].map((max_new_tokens) => memoryOf({ candidates: { max_new_tokens } }))
  expect(long.generation.cache).toBeGreaterThan(short.generation.cache)
  expect(long.training.total).toBeGreaterThan(short.training.total)
})

test('no row is longer than max_length', () => {
  const limited = { max_length: 300 }
  const [some, more] = [500, 5000].map((max_new_tokens) => memoryOf({ candidates: { max_new_tokens }, sft: limited, dpo: limited }))
  expect(more.training).toEqual(some.training)
})

test('on a GPU whose memory is known, a training takes more of it', () => {
  const on = (device: number | null) => runMemory(shape, recipeOf({}), 'bfloat16', device)
  expect(on(139e9).training.activations).toBeGreaterThan(on(24e9).training.activations)
  expect(on(24e9).training.activations).toBeGreaterThan(on(null).training.activations)
  expect(on(24e9).generation).toEqual(on(null).generation)
})

test('more parallel sequences take a larger KV cache', () => {
  expect(memoryOf({ batch: 128 }).generation.cache).toBe(2 * memoryOf({ batch: 64 }).generation.cache)
})

test("a run without fine-tuning counts only its preference training, in the training's own precision if set", () => {
  const fresh = memoryOf({ sft: null, dpo: { gradient_checkpointing: true } })
  const exact = memoryOf({ sft: null, dpo: { gradient_checkpointing: true, precision: 'float32' } })
  expect(fresh.training.total).toBeLessThan(memoryOf({ sft: null }).training.total)
  expect(exact.training.activations).toBeGreaterThan(fresh.training.activations)
})

test('models used for generation stay loaded during training', () => {
  const { training, generation } = memoryOf({})
  expect(training.served).toBe(generation.weights)
  expect(training.total).toBe(
    training.weights + training.gradients + training.optimizer + training.activations + training.head + training.runtime + training.served,
  )
})

test('answers that are compared, and the verdicts on them, take memory for generation', () => {
  const short = { max_new_tokens: 50 }
  const of = (changes: object) => memoryOf({ candidates: short, judge: short, evaluation: { count: 0 }, ...changes }).generation.cache
  const none = of({})
  expect(of({ evaluation: { count: 64 } })).toBeGreaterThan(none)
  expect(of({ checkpoint_choice: { every: 200, count: 64 } })).toBe(of({ evaluation: { count: 64 } }))
  expect(of({ checkpoint_choice: { every: 200, count: 4 } })).toBe(none) // fewer sequences than the candidates
  expect(of({ checkpoint_choice: { every: 0 } })).toBe(none)
})

test('what other engines do takes none of this machine', () => {
  const trainedElsewhere = memoryOf({ engines: { train: 'cluster' } })
  expect(trainedElsewhere.training.total).toBe(0)
  expect(trainedElsewhere.generation).toEqual(memoryOf({}).generation)
  const long = { judge: { max_new_tokens: 4000 } }
  const judgedElsewhere = memoryOf({ engines: { judge: 'big', answers: 'cluster', evaluate: 'big' }, ...long })
  expect(judgedElsewhere.generation.cache).toBeLessThan(memoryOf(long).generation.cache)
  const everything = { prompts: 'cluster', answers: 'cluster', judge: 'cluster', train: 'cluster', evaluate: 'cluster' }
  expect(memoryOf({ engines: everything })).toMatchObject({ training: { total: 0 }, generation: { total: 0 } })
  expect(memoryOf({ engines: { ...everything, train: 'local' } }).training).toMatchObject({ served: 0 })
})
