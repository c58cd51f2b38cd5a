import { existsSync } from 'node:fs'
import { describe, test } from 'vitest'
import { homeFolder } from '../../main/common/home.ts'
import { findRuntime } from '../../main/runtimes/find.ts'
import { chromiumPath } from './chromium-path.ts'
import { hasShared } from './shared.ts'

/**
 * What a test needs of the machine, and what is said where that isn't there. Every test that can be skipped goes through here, so that the
 * runner can count what was skipped by reason (`main/launcher/develop.js`).
 */
export interface Need {
  readonly isMet: boolean
  /** Of the test, in a few words: 'no native library'. */
  readonly reason: string
}

export const nativeLibrary: Need = { isMet: findRuntime(homeFolder()) !== null, reason: 'no native library (laurel runtime install cpu)' }
export const browser: Need = { isMet: chromiumPath !== undefined, reason: 'no Chromium (set LAUREL_CHROMIUM)' }
export const referenceNumbers: Need = { isMet: hasShared, reason: 'no reference numbers (set LAUREL_FIXTURES)' }
export const linux: Need = { isMet: process.platform === 'linux', reason: 'not Linux' }
export const posix: Need = { isMet: process.platform !== 'win32', reason: 'Windows' }
export const endlessDevice: Need = { isMet: existsSync('/dev/zero'), reason: 'no /dev/zero' }
export const root: Need = { isMet: process.getuid?.() === 0, reason: 'not root' }
export const notRoot: Need = { isMet: process.getuid?.() !== 0, reason: 'root' }

/** A backend that a file of tests goes through; absent ones are skipped with the reason of the native library. */
export const backendIs = (present: boolean): Need => ({ ...nativeLibrary, isMet: present })

/** `describe` and `test` for what needs all of these: run where they are met, else skipped with the first reason behind the name. */
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

/** What `describe.skip` and `test.skip` have in common, whatever their callbacks are given. */
interface Skip {
  (name: string, ...rest: unknown[]): void
  each(cases: unknown): (name: string, ...rest: unknown[]) => void
}
