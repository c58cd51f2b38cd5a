import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Application, openApplication } from '../../main/app/application.ts'
import { reviewerHeader } from '../../main/app/review/caller.ts'
import { appRouter } from '../../main/app/router.ts'
import { queueFilter } from '../../main/shared/contract/review-contract.ts'
import { makeReviewRun } from '../support/review-run.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { tinyHome } from '../support/tiny-run.ts'

let application: Application
let remove: () => void
let runId: string

beforeEach(() => {
  const tiny = tinyHome()
  remove = tiny.remove
  application = openApplication({
    ...{ home: tiny.home, surface: 'browser', version: '0', checkersOf: () => [] },
    startEngine: async () => standInEngine(),
  })
  application.settings.change({ reviewer: 'the server’s', threads: null, webhook: null })
  runId = makeReviewRun(application.store, { prompts: 12 })
})
afterEach(async () => {
  await application.close()
  remove()
})

/** A window whose user has this name. */
const windowOf = (name: string) =>
  createRouterClient(appRouter(application), {
    context: { reqHeaders: new Headers(name === '' ? {} : { [reviewerHeader]: encodeURIComponent(name) }) },
  })
const pairs = () => application.reviews.queue(runId, queueFilter.parse({ sort: 'position' }))
const decide = (name: string, pairId: number, decision: 'agree' | 'swap' | 'tie', blind = false) =>
  windowOf(name).review.decide({ pairId, decision, blind })

it('a decision is stored with the name of its window’s user, and without one with the name in the settings', async () => {
  const [first, second] = pairs()
  await decide('Zoë Ω', first.pairId!, 'agree')
  await decide('', second.pairId!, 'swap')
  const reviewers = application.store.reviews.ofIteration(runId, 1).map(({ reviewer }) => reviewer)
  expect(reviewers).toEqual(['Zoë Ω', 'the server’s'])
})

it('undo takes back the last decision of the window’s own user', async () => {
  const [first, second] = pairs()
  await decide('Ada', first.pairId!, 'agree')
  await decide('Bo', second.pairId!, 'swap')
  await windowOf('Ada').review.undoLast({ runId })
  expect(
    pairs()
      .map(({ decision }) => decision)
      .slice(0, 2),
  ).toEqual([null, 'swap'])
})

it('the overview shows who reviewed what, how far they agree, and blind votes apart from open ones', async () => {
  const [first, second, third] = pairs()
  for (const [name, decision] of [
    ['Ada', 'agree'],
    ['Bo', 'swap'],
  ] as const) {
    await decide(name, first.pairId!, 'agree', name === 'Ada')
    await decide(name, second.pairId!, decision)
  }
  await decide('Ada', third.pairId!, 'swap', true)
  const { reviewers, between, agreement } = await windowOf('').review.overview({ runId })
  expect(reviewers).toEqual([
    { name: 'Ada', decided: 3, blind: 2 },
    { name: 'Bo', decided: 2, blind: 0 },
  ])
  expect(between).toEqual([expect.objectContaining({ a: 'Ada', b: 'Bo', n: 2, share: 0.5 })])
  expect(agreement.apart.blind).toMatchObject({ n: 1, accuracy: 0 }) // the newest decision on a pair is the one that counts
  expect(agreement.apart.open).toMatchObject({ n: 2, accuracy: 0.5 })
})
