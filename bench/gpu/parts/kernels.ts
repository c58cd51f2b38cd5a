import * as tf from '@tensorflow/tfjs-core'
import { type Operand, widen } from '../../../main/engine/backends/operand.ts'
import type { Precision } from '../../../main/shared/train-config.ts'
import { attentionKernels } from '../../kernels/attention-kernels.ts'
import type { KernelEntry } from '../../kernels/entry.ts'
import { layerKernels } from '../../kernels/layer-kernels.ts'
import { outputKernels } from '../../kernels/output-kernels.ts'
import { deviceMicros } from '../device-clock.ts'
import { type GpuBackend, startGpu } from '../gpu-backend.ts'
import { secondsPerCall } from '../gpu-clock.ts'
import type { GpuSizes } from '../gpu-sizes.ts'
import { figuresOf, printNote } from '../part-output.ts'

const entries: readonly KernelEntry[] = [...layerKernels, ...attentionKernels, ...outputKernels]

/** Errors above these aren't rounding: in bfloat16 a value is off by up to 2^-9, and results of rounded values by a few times that. */
const tolerances = { float32: 2e-5, bfloat16: 2e-2 }

/** Every kernel against its plain formula on the same device, and its throughput. One that fails doesn't end the others. */
export async function measureKernels(backend: GpuBackend, precision: Precision, { kernels: shape, timing }: GpuSizes): Promise<void> {
  await startGpu(backend, precision)
  const print = figuresOf(backend)
  const wrong: string[] = []
  for (const entry of entries) {
    const engine = tf.engine()
    engine.startScope()
    try {
      const { fused, plain, bytes, flops } = entry.prepare(shape, precision)
      const error = await errorOf(plain, fused)
      print(entry.name, precision, { error })
      if (!(error < tolerances[precision])) wrong.push(`${entry.name} by ${error}`)
      const seconds = await secondsPerCall(fused, bytes, timing)
      print(entry.name, precision, {
        'device µs': await deviceMicros(fused, seconds, timing),
        'calls/s': 1 / seconds,
        'GB/s': bytes / seconds / 1e9,
        ...(flops && { 'TFLOP/s': flops / seconds / 1e12 }),
      })
    } catch (failure) {
      wrong.push(`${entry.name}: ${(failure as Error).message.split('\n')[0]}`)
      printNote(wrong.at(-1)!)
    } finally {
      engine.endScope()
    }
  }
  if (wrong.length > 0) throw new Error(`in ${precision}, ${wrong.length} of ${entries.length} kernels differ: ${wrong.join('; ')}`)
}

/** The largest difference of an output, as the root of the sum of squares relative to the plain formula's. In place, the inputs are changed. */
export async function errorOf(plain: () => unknown, fused: () => unknown): Promise<number> {
  const sums = tf.tidy(() => {
    const expected = outputsOf(plain()) // first: the kernel may overwrite its inputs
    const computed = new Map(outputsOf(fused()))
    return expected.map(([name, value]) => {
      const other = computed.get(name)
      if (other === undefined) throw new Error(`the kernel has no output ${name}`)
      return tf.stack([tf.sum(tf.square(tf.sub(other, value))), tf.sum(tf.square(value))])
    })
  })
  let worst = 0
  for (const sum of sums) {
    const [difference, size] = await sum.data()
    const error = difference === 0 ? 0 : Math.sqrt(difference / size)
    worst = error <= worst ? worst : error // a NaN stays
  }
  tf.dispose(sums)
  return worst
}

/** All tensors of a result in float32, by their place in it. */
function outputsOf(result: unknown, path = 'result'): [string, tf.Tensor][] {
  if (result instanceof tf.Tensor) return [[path, tf.cast(result, 'float32').clone()]]
  if (typeof result !== 'object' || result === null) return []
  if ('precision' in result && 'tensor' in result) return [[path, widen(result as Operand)]]
  return Object.entries(result).flatMap(([key, value]) => outputsOf(value, `${path}.${key}`))
}
