import { dirname } from 'node:path'
import type { Application } from '../application.ts'
import { absolutePath, browse, lookAt, nearestFolder, shortcutsOf } from '../browse.ts'
import { api } from '../implementation.ts'

export const systemRouter = ({ about, home, settings }: Application) =>
  api.system.router({
    about: api.system.about.handler(() => about),
    browse: api.system.browse.handler(async ({ input }) => ({
      ...(await browse(input)),
      shortcuts: shortcutsOf(home, settings.recentPlaces()),
    })),
    lookAt: api.system.lookAt.handler(({ input }) => lookAt(input.path, input.kind)),
    remember: api.system.remember.handler(({ input }) => settings.rememberPlace(nearestFolder(dirname(absolutePath(input.path))))),
    settings: api.system.settings.handler(() => settings.get()),
    changeSettings: api.system.changeSettings.handler(({ input }) => settings.change(input)),
  })
