import { asyncQueue } from '../../common/async-queue.ts'
import type { WindowCommand, WindowView } from '../../shared/contract/system-contract.ts'
import type { Application } from '../application.ts'
import { api, streamed } from '../implementation.ts'

/** Connects the native menu and notifications with the page: commands in one direction, the current view in the other. */
export function windowBridge() {
  const readers = new Set<(command: WindowCommand) => void>()
  const watchers = new Set<(view: WindowView) => void>()
  let view: WindowView | undefined
  return {
    /** Sends a command to every page that listens. */
    send(command: WindowCommand): void {
      for (const read of readers) read(command)
    },
    async *commands(signal?: AbortSignal): AsyncGenerator<WindowCommand> {
      const queue = asyncQueue<WindowCommand>()
      const read = (command: WindowCommand): void => queue.push([command])
      readers.add(read)
      signal?.addEventListener('abort', queue.end, { once: true })
      try {
        if (!signal?.aborted) yield* queue
      } finally {
        readers.delete(read)
      }
    },
    show(shown: WindowView): void {
      view = shown
      for (const watch of watchers) watch(shown)
    },
    view: (): WindowView | undefined => view,
    onView: (watch: (view: WindowView) => void): void => void watchers.add(watch),
  }
}
export type WindowBridge = ReturnType<typeof windowBridge>

export const windowRouter = ({ desk }: Application) =>
  api.window.router({
    commands: api.window.commands.handler(({ signal }) => streamed(desk.commands(signal))),
    showing: api.window.showing.handler(({ input }) => desk.show(input)),
  })
