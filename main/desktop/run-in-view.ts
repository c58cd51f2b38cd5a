import type { Application } from '../app/application.ts'
import { isActive, type ShownStatus } from '../shared/contract/runs-contract.ts'
import type { MenuState } from './menu.ts'

const none = { start: false, pause: false, stop: false }

/** The native menu's available actions on the run that the page shows. */
export function runInView({ runs, desk }: Pick<Application, 'runs' | 'desk'>): MenuState['run'] {
  const id = /^\/runs\/([^/]+)$/.exec(desk.view()?.path ?? '')?.[1]
  if (id === undefined || id === 'new') return none
  try {
    return waysFor(runs.show(id).status)
  } catch {
    return none // no such run
  }
}

function waysFor(status: ShownStatus): MenuState['run'] {
  if (isActive(status)) return { start: false, pause: true, stop: true }
  if (status === 'finished') return none
  return { start: true, pause: false, stop: status !== 'created' }
}
