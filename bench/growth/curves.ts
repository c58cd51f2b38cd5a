import type { Precision } from '../../main/shared/train-config.ts'
import type { Context } from '../harness/benchmark.ts'
import { samplingSeconds, stepSeconds } from './engine-side.ts'
import { filterSeconds, loopSeconds } from './loop-side.ts'
import { parametersOf, randomModels } from './random-model.ts'

export type GrowthSize = 'length' | 'batch' | 'parameters' | 'pairs'

/** How one cost grows with one size. */
export interface Curve {
  readonly name: string
  readonly xLabel: string
  readonly yLabel: string
  /** The sizes to measure; those above the command line's limit are left out. */
  readonly xs: readonly number[]
  readonly limit: GrowthSize
  measure(x: number, precision: Precision, context: Context<GrowthSize>): Promise<number>
}

const middleModel = randomModels[3] // 38 million parameters
const doublings = (from: number, to: number): number[] => (from > to ? [] : [from, ...doublings(2 * from, to)])
const modelOf = (parameters: number) => randomModels.find((model) => parametersOf(model) === parameters)!

/** Every point gets a separate engine. */
async function withEngine<T>(
  context: Context<GrowthSize>,
  precision: Precision,
  work: (engine: Awaited<ReturnType<Context['startEngine']>>) => Promise<T>,
): Promise<T> {
  const engine = await context.startEngine(precision)
  try {
    return await work(engine)
  } finally {
    await engine.close()
  }
}

export const curves: readonly Curve[] = [
  {
    ...{ name: 'training by text length', xLabel: 'tokens', yLabel: 'seconds per step', limit: 'length' },
    xs: doublings(256, 4096),
    measure: (x, precision, context) => withEngine(context, precision, (engine) => stepSeconds(engine, middleModel, 1, x, precision)),
  },
  {
    ...{ name: 'sampling by concurrent sequences', xLabel: 'sequences', yLabel: 'seconds for 32 tokens each', limit: 'batch' },
    xs: doublings(1, 128),
    measure: (x, precision, context) => withEngine(context, precision, (engine) => samplingSeconds(engine, middleModel, x, 32, 32)),
  },
  {
    ...{ name: 'training by model size', xLabel: 'parameters', yLabel: 'seconds per step of 4 x 256 tokens', limit: 'parameters' },
    xs: randomModels.map(parametersOf),
    measure: (x, precision, context) => withEngine(context, precision, (engine) => stepSeconds(engine, modelOf(x), 4, 256, precision)),
  },
  {
    ...{ name: 'sampling by model size', xLabel: 'parameters', yLabel: 'seconds for 16 x 16 tokens', limit: 'parameters' },
    xs: randomModels.map(parametersOf),
    measure: (x, precision, context) => withEngine(context, precision, (engine) => samplingSeconds(engine, modelOf(x), 16, 32, 16)),
  },
  {
    ...{ name: 'loop overhead by pairs', xLabel: 'prompts', yLabel: 'seconds, without the engine', limit: 'pairs' },
    xs: [10, 100, 1000, 10_000],
    async measure(x) {
      await loopSeconds(5) // a warm-up
      return loopSeconds(x)
    },
  },
  {
    ...{ name: 'search for similar prompts', xLabel: 'prompts', yLabel: 'total seconds', limit: 'pairs' },
    xs: [10, 100, 1000, 10_000],
    async measure(x) {
      filterSeconds(100) // a warm-up
      return filterSeconds(x)
    },
  },
]
