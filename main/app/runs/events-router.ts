import type { Application } from '../application.ts'
import { api, streamed } from '../implementation.ts'

export const eventsRouter = ({ live, store }: Application) =>
  api.events.router({
    position: api.events.position.handler(() => store.events.lastId()),
    follow: api.events.follow.handler(({ input: { runId, after }, signal }) => {
      const id = runId === null ? null : store.runs.resolve(runId).id
      return streamed(live.follow(id, after, signal))
    }),
  })
