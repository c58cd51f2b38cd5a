import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onDisk } from './on-disk.ts'

/** The project's folder: the nearest one above this file that holds `resources` (sources and build lie at different depths). */
function projectFolder(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'resources')) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

/** A file that ships with Laurel: `resourceFile('recipes', 'paper.json')`. */
export const resourceFile = (...parts: string[]): string => onDisk(join(projectFolder(), 'resources', ...parts))
