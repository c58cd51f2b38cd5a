import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Notice } from '../../shared/contract/events-contract.ts'

/**
 * Lists the packages in a Laurel build, with their licenses, from the lock file: `node main/app/system/make-notices.ts` writes
 * resources/notices.json. A test checks that the file is up to date.
 */

/** Development packages that are bundled into the renderer or ship as the desktop runtime; the others don't ship. */
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

/** Name, version, and license of every direct or indirect dependency. */
export function noticesOf(lock: unknown): Notice[] {
  const { packages } = packageLock.parse(lock)
  const found = new Map<string, Notice>()
  const waiting = [...Object.keys(packages[''].dependencies), ...bundled].map((name) => ({ name, from: '' }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const path = resolvePackage(packages, next.name, next.from)
    if (path === undefined || found.has(path)) continue // an optional dependency for another system
    const { version, license, dependencies, optionalDependencies } = packages[path]
    found.set(path, { name: next.name, version, license: license ?? 'see the package' })
    // Electron ships as a separate program; its package's dependencies only download it.
    if (next.name === 'electron') continue
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) waiting.push({ name, from: path })
  }
  const unique = new Map([...found.values()].map((notice) => [`${notice.name} ${notice.version}`, notice]))
  return [...unique.values()].sort((a, b) => (a.name === b.name ? a.version.localeCompare(b.version) : a.name < b.name ? -1 : 1))
}

/** Node's own resolution: the nearest node_modules above the importing package. */
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
