/**
 * Buffers of the WebGPU backend, in place of tfjs's own manager, which keeps every freed buffer for ever: each new size then stays allocated
 * until the process ends. Freed buffers are reused here too, but only up to `keptBytes` of them stay; beyond that, those that were freed
 * longest ago are destroyed. Call `trim` only after the commands that use them are submitted.
 */
export class WebgpuBuffers {
  numBytesUsed = 0
  numBytesAllocated = 0
  readonly #device: Pick<GPUDevice, 'createBuffer'>
  readonly #keptBytes: number
  readonly #used = new Set<GPUBuffer>()
  /** Freed buffers by size and usage, and all of them in the order in which they were freed. */
  readonly #free = new Map<string, GPUBuffer[]>()
  readonly #oldestFirst = new Set<GPUBuffer>()

  constructor(device: Pick<GPUDevice, 'createBuffer'>, keptBytes: number) {
    this.#device = device
    this.#keptBytes = keptBytes
  }

  acquireBuffer(size: number, usage: number, mappedAtCreation = false, reuse = true): GPUBuffer {
    const freed = reuse ? this.#free.get(keyOf(size, usage))?.pop() : undefined
    if (freed) this.#oldestFirst.delete(freed)
    else this.numBytesAllocated += size
    const buffer = freed ?? this.#device.createBuffer({ size, usage, mappedAtCreation })
    this.#used.add(buffer)
    this.numBytesUsed += size
    return buffer
  }

  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    if (!this.#used.delete(buffer)) return
    this.numBytesUsed -= buffer.size
    if (!reuse) {
      this.#destroy(buffer)
      return
    }
    const key = keyOf(buffer.size, buffer.usage)
    const free = this.#free.get(key)
    if (free) free.push(buffer)
    else this.#free.set(key, [buffer])
    this.#oldestFirst.add(buffer)
  }

  /** Destroy freed buffers beyond the bound. */
  trim(): void {
    for (const buffer of this.#oldestFirst) {
      if (this.numBytesAllocated - this.numBytesUsed <= this.#keptBytes) return
      this.#oldestFirst.delete(buffer)
      const key = keyOf(buffer.size, buffer.usage)
      const free = this.#free.get(key)!
      free.splice(free.indexOf(buffer), 1)
      if (free.length === 0) this.#free.delete(key)
      this.#destroy(buffer)
    }
  }

  getNumUsedBuffers = (): number => this.#used.size
  getNumFreeBuffers = (): number => this.#oldestFirst.size

  dispose(): void {
    for (const buffer of [...this.#used, ...this.#oldestFirst]) buffer.destroy()
    this.#used.clear()
    this.#free.clear()
    this.#oldestFirst.clear()
    this.numBytesUsed = 0
    this.numBytesAllocated = 0
  }

  #destroy(buffer: GPUBuffer): void {
    this.numBytesAllocated -= buffer.size
    buffer.destroy()
  }
}

const keyOf = (size: number, usage: number): string => `${size} ${usage}`
