import { homedir, platform } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * The folder of everything that Laurel creates or downloads, as an absolute path. `LAUREL_HOME` overrides the platform's default; a relative value is
 * resolved against the folder that Laurel was started in. The launcher's places.js has the same rule.
 */
export function homeFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.LAUREL_HOME) return resolve(env.LAUREL_HOME)
  if (platform() === 'win32') return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Laurel')
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Laurel')
  return join(env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'laurel')
}

/** The data folder's layout. */
export const homePaths = (home: string) => ({
  database: join(home, 'laurel.db'),
  runtimes: join(home, 'runtimes'),
  models: join(home, 'models'),
  runs: join(home, 'runs'),
  dataSets: join(home, 'data'),
  uploads: join(home, 'uploads'),
  logs: join(home, 'logs'),
  backups: join(home, 'backups'),
  reviewGuidelines: join(home, 'review-guidelines.md'),
  /** Browser sign-in: the session key and one-time links. */
  serve: join(home, 'serve'),
  run: (id: string) => join(home, 'runs', id),
})
