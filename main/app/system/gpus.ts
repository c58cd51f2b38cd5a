import { type Machine, nvidiaGpus, tensorflowServes } from '../../common/nvidia-gpus.ts'
import type { Gpu } from '../../shared/contract/doctor-contract.ts'

/** NVIDIA GPUs of this machine; none without a driver. */
export const listGpus = async (machine?: Machine): Promise<Gpu[]> =>
  (await nvidiaGpus()).map((gpu) => ({
    name: gpu.name,
    memory_gb: Number.isNaN(gpu.bytes) ? null : Math.round(gpu.bytes / 1e9),
    driver: gpu.driver,
    compute_capability: gpu.capability,
    tensorflow: tensorflowServes(gpu, machine),
  }))
