/** What a piece of work would ask of a WebGPU device. */
export interface DeviceCounts {
  readonly dispatches: number
  readonly submissions: number
  /** Values copied to the device. */
  readonly uploads: number
  /** Waits for values from the device. */
  readonly downloads: number
}

/** The only limits that the engine reads: those of most desktop GPUs. */
const limits = {
  ...{ maxBufferSize: 2 ** 34, maxStorageBufferBindingSize: 2 ** 31, maxStorageBuffersPerShaderStage: 8 },
  ...{ maxComputeWorkgroupStorageSize: 32_768, maxComputeInvocationsPerWorkgroup: 1024, maxComputeWorkgroupsPerDimension: 65_535 },
  ...{ maxComputeWorkgroupSizeX: 1024, maxComputeWorkgroupSizeY: 1024, maxComputeWorkgroupSizeZ: 64 },
}

/** Takes in what any buffer is mapped for. */
let room = new ArrayBuffer(0)

/** Stands for memory without having any. Reading it gives ones, so that norms and probabilities computed from them stay finite. */
export class DryBuffer {
  readonly size: number
  readonly usage: number
  mapState: GPUBufferMapState
  readonly #isRead: boolean
  readonly #onDestroy: () => void

  constructor({ size, usage, mappedAtCreation = false }: GPUBufferDescriptor, onDestroy: () => void) {
    this.size = size
    this.usage = usage
    this.mapState = mappedAtCreation ? 'mapped' : 'unmapped'
    this.#isRead = !mappedAtCreation
    this.#onDestroy = onDestroy
  }

  async mapAsync(): Promise<void> {
    this.mapState = 'mapped'
  }

  getMappedRange(): ArrayBuffer {
    if (this.#isRead) return new Float32Array(this.size / 4).fill(1).buffer
    if (room.byteLength < this.size) room = new ArrayBuffer(this.size)
    return room
  }

  unmap(): void {
    this.mapState = 'unmapped'
  }

  destroy(): void {
    this.#onDestroy()
  }
}

/** A stand-in for a WebGPU device that computes nothing and counts what it is asked to do. It says nothing about time. */
export class DryDevice {
  readonly limits = limits
  readonly features = new Set<string>()
  readonly lost = new Promise<never>(() => {})
  onuncapturederror = null
  readonly #counts = { dispatches: 0, submissions: 0, uploads: 0, downloads: 0 }
  #bytes = 0
  #peak = 0

  get counts(): DeviceCounts {
    return { ...this.#counts }
  }

  /** Most memory of buffers since the last `restartPeak`, in bytes; freed ones count until they are destroyed. */
  get peak(): number {
    return this.#peak
  }

  restartPeak(): void {
    this.#peak = this.#bytes
  }

  readonly queue = {
    submit: () => void this.#counts.submissions++,
    writeBuffer: () => void this.#counts.uploads++,
  }

  createBuffer(descriptor: GPUBufferDescriptor): DryBuffer {
    if (descriptor.mappedAtCreation) this.#counts.uploads++
    this.#bytes += descriptor.size
    this.#peak = Math.max(this.#peak, this.#bytes)
    return new DryBuffer(descriptor, () => {
      this.#bytes -= descriptor.size
    })
  }

  createCommandEncoder() {
    const pass = { setPipeline() {}, setBindGroup() {}, end() {}, dispatchWorkgroups: () => void this.#counts.dispatches++ }
    const copyBufferToBuffer = (_: DryBuffer, __: number, to: DryBuffer) => {
      if (to.usage & GPUBufferUsage.MAP_READ) this.#counts.downloads++
    }
    return { beginComputePass: () => pass, copyBufferToBuffer, finish: () => ({}) }
  }

  createComputePipeline = () => ({ getBindGroupLayout: () => ({}) })
  createShaderModule = () => ({})
  createBindGroup = () => ({})
  createBindGroupLayout = () => ({})
  createPipelineLayout = () => ({})
  destroy(): void {}
}
