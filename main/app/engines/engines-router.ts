import type { Application } from '../application.ts'
import { api } from '../implementation.ts'

const never = new AbortController().signal

export const enginesRouter = ({ serverEngines }: Application) =>
  api.engines.router({
    list: api.engines.list.handler(() => serverEngines.list()),
    add: api.engines.add.handler(({ input: { name, settings, key } }) => serverEngines.add(name, settings, key)),
    setKey: api.engines.setKey.handler(({ input: { name, key } }) => serverEngines.setKey(name, key)),
    test: api.engines.test.handler(({ input: { name }, signal = never }) => serverEngines.test(name, signal)),
    remove: api.engines.remove.handler(({ input: { name } }) => serverEngines.remove(name)),
  })
