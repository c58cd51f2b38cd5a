import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The files under a project's folders, or the files themselves, whose names have one of the endings. Missing ones are skipped. */
export const sourceFiles = (project, names, endings) =>
  names.flatMap((name) => {
    const path = join(project, name)
    try {
      return readdirSync(path, { recursive: true }).flatMap((file) => (endings.test(file) ? [join(path, file)] : []))
    } catch (error) {
      if (error.code === 'ENOENT') return []
      if (error.code !== 'ENOTDIR') throw error
      return [path]
    }
  })
