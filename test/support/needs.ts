import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { homeFolder } from '../../main/common/home.ts'
import { findRuntime } from '../../main/runtimes/find.ts'
import { chromiumPath } from './chromium-path.ts'
import { hasShared } from './shared.ts'
import { swiftShader } from './software-adapter.ts'

/**
 * A test's requirement of the machine, and the reason to report if it isn't met. Every test that can be skipped goes through here, so that the
 * runner can count skipped tests by reason (`main/launcher/develop.js`).
 */
export interface Need {
  readonly isMet: boolean
  /** Why the test is skipped, in a few words: 'no native library'. */
  readonly reason: string
}

export const nativeLibrary: Need = { isMet: findRuntime(homeFolder()) !== null, reason: 'no native library (laurel runtime install cpu)' }
/** A pack whose binding can register functions: not an older one, nor the npm package's. */
export const functionLibrary: Need = {
  isMet: hasFunctions(findRuntime(homeFolder())),
  reason: 'no native library that registers functions (laurel runtime install cpu)',
}
export const browser: Need = { isMet: chromiumPath !== undefined, reason: 'no Chromium (set LAUREL_CHROMIUM)' }
export const referenceNumbers: Need = { isMet: hasShared, reason: 'no reference numbers (set LAUREL_FIXTURES)' }
/** SwiftShader, WebGPU on the processor, which comes with Chromium. Very slow: keep shapes tiny. */
export const softwareAdapter: Need = { isMet: existsSync(swiftShader), reason: "no software adapter (Debian's package chromium)" }
export const linux: Need = { isMet: process.platform === 'linux', reason: 'not Linux' }
export const posix: Need = { isMet: process.platform !== 'win32', reason: 'Windows' }
export const endlessDevice: Need = { isMet: existsSync('/dev/zero'), reason: 'no /dev/zero' }
export const root: Need = { isMet: process.getuid?.() === 0, reason: 'not root' }
export const notRoot: Need = { isMet: process.getuid?.() !== 0, reason: 'root' }

/** Servers with models, one per entry: `ADDRESS=MODEL`, separated by spaces. */
export const realServers = (process.env.LAUREL_TEST_SERVERS ?? '').split(' ').flatMap((entry) => {
  const at = entry.lastIndexOf('=')
  return at === -1 ? [] : [{ address: entry.slice(0, at), model: entry.slice(at + 1) }]
})
export const realServer: Need = { isMet: realServers.length > 0, reason: 'no server with a model (set LAUREL_TEST_SERVERS)' }

/** Kills of every process in every stage of a run on a cluster. */
export const allKills: Need = { isMet: process.env.LAUREL_TEST_KILLS === 'all', reason: 'an hour or more (set LAUREL_TEST_KILLS=all)' }

function hasFunctions(runtime: ReturnType<typeof findRuntime>): boolean {
  return runtime !== null && readFileSync(join(runtime.folder, 'tfjs_binding.node')).includes('addFunction')
}

/** A backend that a test file iterates over; unavailable ones are skipped with the reason of the native library. */
export const backendIs = (present: boolean): Need => ({ ...nativeLibrary, isMet: present })

/** `describe` and `test` with these requirements: if one isn't met, they are skipped, and its reason is appended to the name. */
export function needing(...needs: readonly Need[]): { readonly describe: typeof describe.skip; readonly test: typeof test.skip } {
  const missing = needs.find(({ isMet }) => !isMet)
  if (missing === undefined) return { describe, test } as unknown as ReturnType<typeof needing>
  const withReason = (name: string): string => `${name} [skipped: ${missing.reason}]`
  const named = (skip: Skip) =>
    Object.assign((name: string, ...rest: unknown[]) => skip(withReason(name), ...rest), {
      each:
        (cases: unknown) =>
        (name: string, ...rest: unknown[]) =>
          skip.each(cases)(withReason(name), ...rest),
    })
  return { describe: named(describe.skip as unknown as Skip), test: named(test.skip as unknown as Skip) } as unknown as ReturnType<
    typeof needing
  >
}

/** The common interface of `describe.skip` and `test.skip`, whatever arguments their callbacks take. */
interface Skip {
  (name: string, ...rest: unknown[]): void
  each(cases: unknown): (name: string, ...rest: unknown[]) => void
}
