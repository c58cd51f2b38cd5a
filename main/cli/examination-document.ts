import { gigabytes } from '../common/numbers.ts'
import { type InstalledRuntime, listRuntimes } from '../runtimes/list.ts'
import type { Examination } from '../shared/contract/doctor-contract.ts'
import { snakeKeys } from '../shared/snake-keys.ts'

/** The output of `laurel doctor --json`: GB and GFLOP/s, with snake_case keys. */
export const examinationDocument = (home: string, { engine, measurement, memory, disk, ...examination }: Examination) => ({
  ...{ laurel: examination.laurel, node: examination.node, platform: examination.platform },
  backend: engine?.backend ?? null,
  library: engine?.version ?? null,
  device: engine?.device ?? null,
  threads: engine?.threads ?? null,
  matmul: measurement && snakeKeys(measurement),
  /** The precision that `auto` chooses on this machine. */
  precision: engine && { auto: engine.precision, reason: engine.precisionReason ?? '' },
  processor: examination.processor,
  gpus: examination.gpus,
  /** The GPU that WebGPU reaches. */
  webgpu: engine?.webgpuDevice ?? null,
  /** Why this backend, if several were measured. */
  choice: engine?.backendReason ?? null,
  memory: { total_gb: gigabytes(memory.totalBytes), free_gb: gigabytes(memory.freeBytes) },
  disk: { folder: disk.folder, free_gb: gigabytes(disk.freeBytes) },
  runtimes: listRuntimes(home).map(describeRuntime),
  problems: examination.problems.map(({ problem, remedy }) => ({ problem, remedy })),
})
export type ExaminationDocument = ReturnType<typeof examinationDocument>

const describeRuntime = ({ name, root, bytes, state }: InstalledRuntime) =>
  typeof state === 'string'
    ? { name, folder: root, gb: null, state: `damaged: ${state}`, tensorflow: null }
    : { name, folder: root, gb: gigabytes(bytes), state: 'ready', tensorflow: state.tensorflow }
