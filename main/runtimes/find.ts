import { existsSync } from 'node:fs'
import { bindingFolder, listRuntimes } from './list.ts'
import type { Manifest } from './manifest.ts'

/** A pack that can be loaded. */
export interface Runtime {
  readonly name: string
  /** The folder to give to the engine. */
  readonly folder: string
  readonly manifest: Manifest
}

/**
 * The best pack of a data folder, or null where none works. With a GPU that is a cuda pack, without one a cpu pack; the
 * other kind serves where the right one is missing (a cuda pack computes on the CPU too).
 */
export function findRuntime(home: string, hasGpu: boolean = hasNvidiaDriver()): Runtime | null {
  const working = listRuntimes(home).flatMap(({ name, root, state }) =>
    typeof state === 'string' ? [] : [{ name, folder: bindingFolder(root, state), manifest: state }],
  )
  const best = hasGpu ? 'cuda' : 'cpu'
  return working.find(({ manifest }) => manifest.kind === best) ?? working[0] ?? null
}

/** Whether the kernel has NVIDIA's driver: the cheapest question there is. */
const hasNvidiaDriver = (): boolean => existsSync('/dev/nvidia0') || existsSync('/proc/driver/nvidia/version')
