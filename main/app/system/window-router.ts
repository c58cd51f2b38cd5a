import type { Application } from '../application.ts'
import { api, streamed } from '../implementation.ts'

export const windowRouter = ({ desk }: Application) =>
  api.window.router({
    commands: api.window.commands.handler(({ signal }) => streamed(desk.commands(signal))),
    showing: api.window.showing.handler(({ input }) => desk.show(input)),
  })
