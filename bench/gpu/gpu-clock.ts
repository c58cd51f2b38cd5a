import * as tf from '@tensorflow/tfjs-core'
import { median } from '../../main/common/numbers.ts'
import { submitAll, type WebgpuCommands } from './device-clock.ts'
import type { GpuSizes } from './gpu-sizes.ts'

/** Times work that the device does after the call has returned: the clock is read only when everything queued has finished. */

/** Wait until the device has finished everything queued, by reading a result of something queued after it. */
export async function finishQueue(): Promise<void> {
  const probe = tf.fill([4096], 1) // tfjs computes with fewer values on the host
  const last = tf.neg(probe)
  await last.data()
  tf.dispose([probe, last])
}

const mostCalls = 1000
/** Results of calls that wait to be given to the device. */
const pendingBytes = 2 ** 30

/**
 * Seconds of a call: the median of several rounds of calls, each long enough that waiting for its end doesn't count. Results are disposed of.
 * The first call is a warm-up, which compiles shaders.
 */
export async function secondsPerCall(work: () => unknown, bytes: number, { rounds, kernelSeconds }: GpuSizes['timing']): Promise<number> {
  await secondsOf(work, 1, bytes)
  const pilot = await secondsOf(work, 4, bytes)
  const calls = Math.min(mostCalls, Math.max(1, Math.ceil((4 * kernelSeconds) / pilot)))
  const seconds: number[] = []
  for (let i = 0; i < rounds; i++) seconds.push((await secondsOf(work, calls, bytes)) / calls)
  return median(seconds)
}

async function secondsOf(work: () => unknown, calls: number, bytes: number): Promise<number> {
  const perSubmission = Math.max(1, Math.floor(pendingBytes / Math.max(1, bytes)))
  const begin = performance.now()
  for (let i = 1; i <= calls; i++) {
    tf.tidy(() => void work())
    if (i % perSubmission === 0 && tf.getBackend() === 'webgpu') submitAll(tf.backend() as unknown as WebgpuCommands) // frees their buffers
  }
  await finishQueue()
  return (performance.now() - begin) / 1000
}

/** Seconds of a step that waits for the device itself: the median of several after one to warm up. */
export async function secondsPerStep(step: () => Promise<void>, { stepSeconds, fewest, most }: GpuSizes['timing']): Promise<number> {
  const seconds: number[] = []
  await step()
  await finishQueue()
  const start = performance.now()
  while (seconds.length < fewest || (seconds.length < most && performance.now() - start < stepSeconds * 1000)) {
    const begin = performance.now()
    await step()
    await finishQueue()
    seconds.push((performance.now() - begin) / 1000)
  }
  return median(seconds)
}
