import { expect, test } from 'vitest'
import type { Application } from '../../main/app/application.ts'
import { runInView } from '../../main/desktop/menu.ts'

const seen = (path: string | null, status: string) =>
  runInView({
    desk: { view: () => (path === null ? undefined : { path, scheme: 'auto' }) },
    runs: {
      show(id: string) {
        if (id !== 'abc') throw new Error('no such run')
        return { status }
      },
    },
  } as unknown as Application)

const none = { start: false, pause: false, stop: false }

test.each([
  ['created', { start: true, pause: false, stop: false }],
  ['running', { start: false, pause: true, stop: true }],
  ['paused', { start: true, pause: false, stop: true }],
  ['interrupted', { start: true, pause: false, stop: true }],
  ['waiting-for-review', { start: true, pause: false, stop: true }],
  ['failed', { start: true, pause: false, stop: true }],
  ['finished', none],
])('the menu offers the same actions for a run that is %s as its page', (status, ways) => {
  expect(seen('/runs/abc', status)).toEqual(ways)
})

test.each([null, '/runs', '/runs/new', '/runs/other', '/review', '/runs/abc/x'])(
  'the menu offers nothing if no run is in view (%s)',
  (path) => {
    expect(seen(path, 'running')).toEqual(none)
  },
)
