import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Gpu } from '../../shared/contract/doctor-contract.ts'

/** NVIDIA GPUs of this machine, from nvidia-smi; none without a driver. */
export async function listGpus(): Promise<Gpu[]> {
  try {
    const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader,nounits']
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 10_000 })
    return stdout.trim().split('\n').map(parseGpu)
  } catch {
    return []
  }
}

function parseGpu(line: string): Gpu {
  const [name, mebibytes, driver] = line.split(', ')
  return { name, memory_gb: Math.round((Number(mebibytes) * 2 ** 20) / 1e9), driver }
}
