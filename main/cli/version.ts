import { readFileSync } from 'node:fs'

/** Laurel's version. This file is main/cli/version.ts in the sources and build/main/cli/version.js when compiled. */
export function laurelVersion(): string {
  const up = import.meta.url.endsWith('.ts') ? '../../' : '../../../'
  return (JSON.parse(readFileSync(new URL(`${up}package.json`, import.meta.url), 'utf8')) as { version: string }).version
}
