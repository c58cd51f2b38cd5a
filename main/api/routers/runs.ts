import type { Application } from '../application.ts'
import { api } from '../implementation.ts'

export const runsRouter = ({ runs, keeper }: Application) =>
  api.runs.router({
    list: api.runs.list.handler(() => runs.list()),
    show: api.runs.show.handler(({ input }) => runs.show(input.id)),
    start: api.runs.start.handler(({ input }) => keeper.start(input.id)),
    pause: api.runs.pause.handler(({ input }) => keeper.pause(input.id)),
  })
