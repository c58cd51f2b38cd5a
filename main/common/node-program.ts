import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The oldest Node version that better-sqlite3's binary supports. */
const oldest = [22, 14] as const

/**
 * A Node binary that can run Laurel's own scripts: this process if it is Node; in Electron, which can't act as Node, the one named by
 * LAUREL_NODE, the one in the data folder, or the one on the PATH. Undefined if none is new enough.
 */
export function nodeProgram(home: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (process.versions.electron === undefined) return process.execPath
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const onPath = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const places = [env.LAUREL_NODE, join(home, 'node', 'node_modules', 'node', 'bin', name), ...onPath.map((folder) => join(folder, name))]
  return places.find((place) => place !== undefined && place !== '' && isNewEnough(place))
}

function isNewEnough(program: string): boolean {
  try {
    accessSync(program, constants.X_OK)
    const [major, minor] = execFileSync(program, ['--version'], { encoding: 'utf8', timeout: 5000 }).slice(1).split('.').map(Number)
    return major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
  } catch {
    return false
  }
}
