import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** The first NVIDIA GPU that the driver's own tool lists, or null where there is no driver or no GPU. */
export async function gpuName(): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], { timeout: 10_000 })
    return stdout.split('\n')[0].trim() || null
  } catch {
    return null
  }
}
