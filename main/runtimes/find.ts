import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LaurelError } from '../common/errors.ts'
import { bindingFolder, listRuntimes } from './list.ts'
import { type Manifest, manifestName } from './manifest.ts'

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

/**
 * The same for whoever is to compute. Throws RUNTIME_MISSING where packs are installed and every one is damaged or can't be read: slower work on
 * another backend, which a run would then be bound to, is only done where it is asked for or nothing was ever installed.
 */
export function usableRuntime(home: string, hasGpu?: boolean): Runtime | null {
  const found = findRuntime(home, hasGpu)
  if (found !== null) return found
  for (const { name, root, state } of listRuntimes(home)) {
    if (typeof state !== 'string') continue
    const remedy = `Make it readable, or install it again: \`laurel runtime install ${name}\`. To compute without it: --backend wasm.`
    throw new LaurelError('RUNTIME_MISSING', `${join(root, manifestName)}: the runtime pack ${name} can't be used: ${state}.`, remedy)
  }
  return null
}

/** Names the pack that an engine is started with now, and its installation: '' where there is none. */
export function runtimeName(home: string): string {
  const found = findRuntime(home)
  return found === null ? '' : `${found.folder} ${found.manifest.created}`
}

/** Whether the kernel has NVIDIA's driver: the cheapest question there is. */
const hasNvidiaDriver = (): boolean => existsSync('/dev/nvidia0') || existsSync('/proc/driver/nvidia/version')
