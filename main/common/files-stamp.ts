import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Changes whenever a file of the model does: names, sizes, times and places on the disk. '' where nothing can be read. */
export function filesStamp(path: string): string {
  try {
    const stats = statSync(path)
    if (!stats.isDirectory()) return `${stats.size}/${stats.mtimeMs}/${stats.ino}`
    return readdirSync(path)
      .sort()
      .map((name) => {
        const file = statSync(join(path, name), { throwIfNoEntry: false }) // a hub's cache may hold links that lead nowhere
        return `${name}/${file?.size}/${file?.mtimeMs}/${file?.ino}`
      })
      .join('\n')
  } catch {
    return ''
  }
}
