import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onDisk } from './on-disk.ts'

/** The project folder: the nearest parent that contains `resources` (sources and build are at different depths). */
function projectFolder(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'resources')) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

/** A file that ships with Laurel: `resourceFile('recipes', 'paper.json')`. */
export const resourceFile = (...parts: string[]): string => onDisk(join(projectFolder(), 'resources', ...parts))
