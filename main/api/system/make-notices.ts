import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Notice } from '../contract/logs.ts'

/**
 * The packages that a built Laurel holds, with their licences, from the lock file: `node main/api/system/make-notices.ts` writes
 * resources/notices.json. A test holds the two to be in step.
 */

/** Development packages whose code is bundled into the window or comes as the desktop's runtime; all other ones stay here. */
const bundled = [
  '@fontsource-variable/inter',
  '@fontsource-variable/jetbrains-mono',
  '@mantine/core',
  '@mantine/hooks',
  '@orpc/tanstack-query',
  '@tabler/icons-react',
  '@tanstack/react-query',
  '@tanstack/react-table',
  '@tanstack/react-virtual',
  'diff',
  'electron',
  'react',
  'react-dom',
  'react-markdown',
  'recharts',
  'rehype-sanitize',
  'remark-gfm',
  'wouter',
  'zustand',
]

const names = z.record(z.string(), z.unknown()).default({})
const packageLock = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().default(''), license: z.string().optional(), dependencies: names, optionalDependencies: names }),
  ),
})
type Packages = z.infer<typeof packageLock>['packages']

const place = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url))

/** Name, version and licence of every package that is needed, directly or not. */
export function noticesOf(lock: unknown): Notice[] {
  const { packages } = packageLock.parse(lock)
  const found = new Map<string, Notice>()
  const waiting = [...Object.keys(packages[''].dependencies), ...bundled].map((name) => ({ name, from: '' }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const path = resolvePackage(packages, next.name, next.from)
    if (path === undefined || found.has(path)) continue // an optional one for another system
    const { version, license, dependencies, optionalDependencies } = packages[path]
    found.set(path, { name: next.name, version, licence: license ?? 'see the package' })
    // Electron comes as a program of its own: what its package needs only downloads it.
    if (next.name === 'electron') continue
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) waiting.push({ name, from: path })
  }
  const unique = new Map([...found.values()].map((notice) => [`${notice.name} ${notice.version}`, notice]))
  return [...unique.values()].sort((a, b) => (a.name === b.name ? a.version.localeCompare(b.version) : a.name < b.name ? -1 : 1))
}

/** Node's own search: the nearest node_modules above the one that asks. */
function resolvePackage(packages: Packages, name: string, from: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`
    if (path in packages) return path
    if (at === '') return undefined
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lock: unknown = JSON.parse(readFileSync(place('package-lock.json'), 'utf8'))
  const lines = noticesOf(lock).map((notice) => `  ${JSON.stringify(notice)}`)
  writeFileSync(place('resources/notices.json'), `[\n${lines.join(',\n')}\n]\n`)
}
