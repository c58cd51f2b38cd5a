import { homeFolder } from '../../main/common/home.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { startLocalEngine } from '../../main/engine/hosts/local-process.ts'
import type { Precision } from '../../main/shared/train-config.ts'
import type { Context, Side } from './benchmark.ts'

/**
 * Laurel's side: a separate engine process that receives requests over the protocol, as from the command line and the loop. The peak memory of the
 * engine process, which holds the model, is added to the figures as `peakGb`.
 */
export const laurelSide = <Size extends string>(
  precision: Precision,
  work: (engine: Engine, context: Context<Size>) => Promise<Record<string, number>>,
  name = 'Laurel',
): Side<Size> => ({
  name,
  async run(context) {
    const engine = await context.startEngine(precision)
    try {
      const figures = await work(engine, context)
      const { peakRssBytes } = await engine.usage()
      const { backend, version, device } = await engine.info()
      return { figures: { ...figures, peakGb: peakRssBytes / 1e9 }, versions: { [backend]: version, device } }
    } finally {
      await engine.close()
    }
  },
})

/** An engine in a fresh process. */
export const freshEngine = (threads: number, precision: Precision): Promise<Engine> =>
  startLocalEngine({ home: homeFolder(), precision, threads })

/** The result of some work, and how many seconds it took. */
export async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const begin = performance.now()
  return [await work(), (performance.now() - begin) / 1000]
}
