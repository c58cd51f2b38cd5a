import type { Application } from '../application.ts'
import { api } from '../implementation.ts'

const never = new AbortController().signal

export const enginesRouter = ({ serverEngines, removals: { engines: removed } }: Application) =>
  api.engines.router({
    list: api.engines.list.handler(() => serverEngines.list().filter(({ name }) => !removed.isPending(name))),
    add: api.engines.add.handler(async ({ input: { name, settings, key } }) => {
      await removed.finish(name)
      serverEngines.add(name, settings, key)
    }),
    edit: api.engines.edit.handler(({ input: { name, settings } }) => serverEngines.edit(name, settings)),
    setKey: api.engines.setKey.handler(({ input: { name, key } }) => serverEngines.setKey(name, key)),
    test: api.engines.test.handler(({ input: { name }, signal = never }) => serverEngines.test(name, signal)),
    remove: api.engines.remove.handler(({ input: { name } }) => removed.schedule(name)),
    undoRemove: api.engines.undoRemove.handler(({ input: { name } }) => removed.undo(name)),
  })
