import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A text that changes whenever a file of the model does: names, sizes, times, and inodes. '' if nothing can be read. */
export function filesStamp(path: string): string {
  try {
    const stats = statSync(path)
    if (!stats.isDirectory()) return `${stats.size}/${stats.mtimeMs}/${stats.ino}`
    return readdirSync(path)
      .sort()
      .map((name) => {
        const file = statSync(join(path, name), { throwIfNoEntry: false }) // a hub's cache may contain broken links
        return `${name}/${file?.size}/${file?.mtimeMs}/${file?.ino}`
      })
      .join('\n')
  } catch {
    return ''
  }
}
