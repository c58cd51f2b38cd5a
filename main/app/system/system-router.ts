import { dirname } from 'node:path'
import type { Application } from '../application.ts'
import { api, streamed } from '../implementation.ts'
import { cleanUp } from './clean-up.ts'
import { backupsOf, lastCheck, recordCheck } from './database-care.ts'
import { examine } from './diagnostics.ts'
import { absolutePath, browse, lookAt, nearestFolder, shortcutsOf } from './file-browser.ts'
import { followLog } from './log-feed.ts'
import { notices } from './notices.ts'

export const systemRouter = ({ about, home, store, jobs, settings, queue, engines, runtimes, log }: Application) => {
  const cleaning = cleanUp({ home, store, find: () => jobs.deletables() })
  const { version } = about
  const startEngine = () => engines.starter('examination')({ precision: 'auto' })
  return api.system.router({
    about: api.system.about.handler(({ context }) => ({ ...about, isReadOnly: context.isReadOnly === true })),

    browse: api.system.browse.handler(async ({ input }) => ({
      ...(await browse(input)),
      shortcuts: shortcutsOf(home, settings.recentPlaces()),
    })),
    lookAt: api.system.lookAt.handler(({ input }) => lookAt(input.path, input.kind)),
    remember: api.system.remember.handler(({ input }) => settings.rememberPlace(nearestFolder(dirname(absolutePath(input.path))))),

    settings: api.system.settings.handler(() => settings.get()),
    changeSettings: api.system.changeSettings.handler(({ input }) => settings.change(input)),

    examine: api.system.examine.handler(() => examine({ home, version, startEngine, measure: queue.active().length === 0 })),
    runtimes: api.system.runtimes.handler(() => runtimes.state()),
    installRuntime: api.system.installRuntime.handler(({ input }) => void runtimes.begin(input.kind)),
    cancelInstallation: api.system.cancelInstallation.handler(() => runtimes.cancel()),
    engines: api.system.engines.handler(() => engines.list()),

    storage: api.system.storage.handler(() => jobs.storage()),
    cleanUpItems: api.system.cleanUpItems.handler(() => cleaning.items()),
    cleanUp: api.system.cleanUp.handler(({ input }) => cleaning.delete(input.ids)),
    backups: api.system.backups.handler(() => backupsOf(home)),
    backUp: api.system.backUp.handler(() => jobs.backUp('by-hand')),
    checkDatabase: api.system.checkDatabase.handler(async () => recordCheck(home, await jobs.check())),
    lastCheck: api.system.lastCheck.handler(() => lastCheck(home)),

    logFolder: api.system.logFolder.handler(() => log.folder),
    followLog: api.system.followLog.handler(({ signal }) => streamed(followLog(log, signal))),
    notices: api.system.notices.handler(() => notices()),
  })
}
