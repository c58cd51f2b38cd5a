import { readFileSync } from 'node:fs'

/** Laurel's version. The path depends on whether this file is main/cli/version.ts or the compiled build/main/cli/version.js. */
export function laurelVersion(): string {
  const up = import.meta.url.endsWith('.ts') ? '../../' : '../../../'
  return (JSON.parse(readFileSync(new URL(`${up}package.json`, import.meta.url), 'utf8')) as { version: string }).version
}
