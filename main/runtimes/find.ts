import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LaurelError } from '../shared/errors.ts'
import { bindingFolder, listRuntimes } from './list.ts'
import { type Manifest, manifestName } from './manifest.ts'

/** A usable pack. */
export interface Runtime {
  readonly name: string
  /** The folder passed to the engine. */
  readonly folder: string
  readonly manifest: Manifest
}

/**
 * The best working pack in a data folder, or null if there is none: a cuda pack on a machine with a GPU, a cpu pack otherwise. The other
 * kind is the fallback (a cuda pack also runs on the CPU).
 */
export function findRuntime(home: string, hasGpu: boolean = hasNvidiaDriver()): Runtime | null {
  const working = listRuntimes(home).flatMap(({ name, root, state }) =>
    typeof state === 'string' ? [] : [{ name, folder: bindingFolder(root, state), manifest: state }],
  )
  const best = hasGpu ? 'cuda' : 'cpu'
  return working.find(({ manifest }) => manifest.kind === best) ?? working[0] ?? null
}

/**
 * Like `findRuntime`, for callers about to compute. Throws RUNTIME_MISSING if packs are installed but all are damaged or unreadable:
 * falling back to a slower backend, which the run is then bound to, has to be requested explicitly.
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

/** Identifies the pack that new engines start with, including when it was installed; '' if there is none. */
export function runtimeName(home: string): string {
  const found = findRuntime(home)
  return found === null ? '' : `${found.folder} ${found.manifest.created}`
}

/** Whether NVIDIA's kernel driver is loaded. Cheap enough to ask every time. */
const hasNvidiaDriver = (): boolean => existsSync('/dev/nvidia0') || existsSync('/proc/driver/nvidia/version')
