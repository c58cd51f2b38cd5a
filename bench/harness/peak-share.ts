import { type ModelFiles, openModel } from '../../main/engine/model/load-model.ts'
import { type Options, requirePath } from './options.ts'

/** The measured model's shape and tokenizer. */
export async function measuredModel(options: Options): Promise<ModelFiles> {
  const files = await openModel(requirePath(options, 'model'))
  files.weights.close()
  return files
}

/** For a profile: the useful matrix products of the measurement as a share of the machine's matmul peak. Requires the native backend. */
export async function peakShareText(options: Options, flops: number, seconds: number): Promise<string> {
  const { matmulPeak } = await import('./peak.ts')
  const [precision] = options.precisions
  const peak = matmulPeak(precision)
  const rate = flops / seconds
  const share = `${((100 * rate) / peak).toFixed(1)} % of the ${precision} matmul peak of ${(peak / 1e9).toFixed(0)} GFLOP/s`
  return `Useful matrix products: ${(flops / 1e12).toFixed(2)} TFLOP, ${(rate / 1e9).toFixed(0)} GFLOP/s = ${share}.`
}
