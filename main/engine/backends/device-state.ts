import * as tf from '@tensorflow/tfjs-core'
import { LaurelError } from '../../shared/errors.ts'
import type { Precision } from '../../shared/train-config.ts'

/**
 * The accelerator of this process: its memory, whether it still works, and the largest tensor it can hold. Only WebGPU sets the last two;
 * other libraries throw where they fail.
 */
const memories = new Map<string, number | null>()
let failure: LaurelError | undefined
let largestTensor = { bytes: Number.POSITIVE_INFINITY, device: '' }
let isTrial = false
const listeners = new Set<(failure: LaurelError) => void>()

/**
 * Bytes of memory of the current backend's GPU; null without one, or if they aren't known. All of its memory, whatever is free: a training that
 * resumes has to find the same.
 */
export const deviceMemory = (): number | null => memories.get(tf.getBackend()) ?? null

/** Per backend, because two may be started before one is chosen. */
export function setDeviceMemory(backend: string, bytes: number | null): void {
  memories.set(backend, bytes)
}

/** Why nothing that this process computes can be trusted any more; undefined while the accelerator works. */
export const deviceFailure = (): LaurelError | undefined => failure

/** Record a failure. The first one counts: later ones follow from it. */
export function failDevice(error: LaurelError): void {
  if (failure !== undefined) return
  failure = error
  if (isTrial) return
  for (const listener of listeners) listener(error)
}

/** Throws the failure, if there is one. */
export function checkDevice(): void {
  if (failure !== undefined) throw failure
}

/** Run work that may fail without ending this process, because another device can take its place. Throws the device's failure, too. */
export async function tryDevice<T>(work: () => Promise<T>): Promise<T> {
  isTrial = true
  try {
    const result = await work()
    checkDevice()
    return result
  } finally {
    isTrial = false
    failure = undefined
  }
}

/** Calls the listener at the failure. Returns how to end that. */
export function onDeviceFailure(listener: (failure: LaurelError) => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export function limitTensors(device: string, bytes: number): void {
  largestTensor = { bytes, device }
}

/** Rows of a float32 matrix of this width that one tensor can hold, at most `wanted`. */
export const rowsThatFit = (width: number, wanted: number): number =>
  Math.max(1, Math.min(wanted, Math.floor(largestTensor.bytes / (4 * width))))

/**
 * Throws UNSUPPORTED if the device can't hold a weight tensor, before it is read: WebGPU itself would compute with zeros. `name`: the
 * tensor in the model's files. `precision`: of its values there. `narrower`: what the user can do to have them in bfloat16.
 */
export function checkWeightFits(name: string, shape: readonly number[], precision: Precision, narrower: string): void {
  const bytes = bytesOf(shape, precision === 'bfloat16' ? 2 : 4)
  if (bytes <= largestTensor.bytes) return
  const fitsNarrower = precision === 'float32' && bytes / 2 <= largestTensor.bytes
  throw new LaurelError(
    'UNSUPPORTED',
    `tensor ${name} [${shape.join(', ')}] takes ${gigabytes(bytes)} in ${precision}, but WebGPU's limit for a tensor on ${largestTensor.device} is ${gigabytes(largestTensor.bytes)}`,
    `${fitsNarrower ? `${narrower}, in which it takes half as much. Otherwise use` : 'Use'} a smaller model, or TensorFlow: \`--backend tensorflow\`.`,
  )
}

/** Throws OUT_OF_MEMORY if the device can't hold a tensor that is about to be computed, of values of this many bytes. */
export function checkTensorFits(shape: readonly number[], width = 4): void {
  const bytes = bytesOf(shape, width)
  if (bytes <= largestTensor.bytes) return
  throw new LaurelError(
    'OUT_OF_MEMORY',
    `a tensor [${shape.join(', ')}] would take ${gigabytes(bytes)}, but WebGPU's limit for a tensor on ${largestTensor.device} is ${gigabytes(largestTensor.bytes)}`,
    smallerWork,
  )
}

/** The engine replaces it by the values to lower, which depend on the request. */
export const smallerWork = 'Use a smaller batch or shorter texts.'

/** With the digits that distinguish a tensor just above the limit. */
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`

const bytesOf = (shape: readonly number[], width = 4): number => width * shape.reduce((product, n) => product * n, 1)
