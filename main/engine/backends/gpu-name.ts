import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Name of the first NVIDIA GPU that nvidia-smi lists, or null without a driver or GPU. */
export async function gpuName(): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], { timeout: 10_000 })
    return stdout.split('\n')[0].trim() || null
  } catch {
    return null
  }
}
