import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readPlainText } from '../common/read-file.ts'

/** The license in the front matter of a model card (`license: apache-2.0`); null without one. */
export function licenseOf(folder: string): string | null {
  const card = join(folder, 'README.md')
  const text = existsSync(card) ? readOrNothing(card) : ''
  const frontMatter = /^---\r?\n([\s\S]*?)\r?\n---/.exec(text)?.[1] ?? ''
  const stated = (key: string): string | undefined => new RegExp(`^${key}:[ \\t]*['"]?([^'"\\r\\n#]+)`, 'm').exec(frontMatter)?.[1].trim()
  const license = stated('license')
  return (license === 'other' ? stated('license_name') : undefined) ?? (license || null)
}

/** An unreadable card is no reason to reject the model. */
function readOrNothing(card: string): string {
  try {
    return readPlainText(card, 1 << 20)
  } catch {
    return ''
  }
}
