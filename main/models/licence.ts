import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The licence that a model's card states in its front matter (`license: apache-2.0`); null where it states none. */
export function licenceOf(folder: string): string | null {
  const card = join(folder, 'README.md')
  if (!existsSync(card) || statSync(card).size > 1 << 20) return null
  const frontMatter = /^---\r?\n([\s\S]*?)\r?\n---/.exec(readFileSync(card, 'utf8'))?.[1] ?? ''
  const stated = (key: string): string | undefined => new RegExp(`^${key}:[ \\t]*['"]?([^'"\\r\\n#]+)`, 'm').exec(frontMatter)?.[1].trim()
  const licence = stated('license')
  return (licence === 'other' ? stated('license_name') : undefined) ?? (licence || null)
}
