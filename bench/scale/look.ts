import { createRouterClient } from '@orpc/server'
import { openApplication } from '../../main/app/application.ts'
import { appRouter } from '../../main/app/router.ts'
import { demoCheckers } from '../../main/demo/demo-run.ts'
import { queueFilter } from '../../main/shared/contract/review-contract.ts'
import { LaurelError } from '../../main/shared/errors.ts'
import type { Client } from '../load/calls.ts'
import { peakMemory } from './peak-memory.ts'

interface LookedAt {
  readonly call: string
  /** Of the first call after the start, and of the next one. */
  readonly firstMs: number
  readonly againMs: number
  readonly peakBytes: number
}

/** How long the calls take that a window makes on a run's page, in Review, and in the search. */
export async function* lookAt(home: string): AsyncGenerator<LookedAt> {
  const application = openApplication({
    ...{ home, surface: 'browser', version: 'bench', checkersOf: demoCheckers },
    startEngine: () => Promise.reject(new LaurelError('UNSUPPORTED', 'This benchmark starts no engine.', 'Use another benchmark.')),
  })
  try {
    const client: Client = createRouterClient(appRouter(application))
    const [{ id: runId }] = application.store.runs.list()
    const { counts, prompts } = application.store
    const places = {
      candidates: counts.candidates(runId, 1),
      judgements: counts.judgements(runId, 1).judgements,
      promptId: prompts.accepted(runId, 1, { from: 0, to: 1 })[0].id,
    }
    for (const [call, ask] of Object.entries(callsOf(client, runId, places))) {
      peakMemory.reset()
      const times = []
      for (let time = 0; time < 2; time++) {
        const begin = performance.now()
        await ask()
        times.push(performance.now() - begin)
      }
      yield { call, firstMs: times[0], againMs: times[1], peakBytes: peakMemory.bytes() }
    }
  } finally {
    await application.close()
  }
}

type Places = Readonly<Record<'candidates' | 'judgements' | 'promptId', number>>

function callsOf(client: Client, runId: string, { candidates, judgements, promptId }: Places) {
  const ofRun = { runId }
  const filter = queueFilter.parse({})
  const page = { runId, iteration: 1, limit: 100 }
  const search = { text: 'word7', runId: null, offset: 0, limit: 50 }
  return {
    'runs: list': () => client.runs.list(),
    'run page: details': () => client.runs.show({ id: runId }),
    'run page: timeline': () => client.charts.timeline(ofRun),
    'run page: progress': () => client.charts.progress(ofRun),
    'run page: distributions': () => client.charts.distributions(ofRun),
    'run page: candidates, first page': () => client.rows.candidates({ ...page, offset: 0 }),
    'run page: candidates, last page': () => client.rows.candidates({ ...page, offset: Math.max(0, candidates - 100) }),
    'run page: judgements, last page': () => client.rows.judgements({ ...page, offset: Math.max(0, judgements - 100) }),
    'review: runs': () => client.review.runs(),
    'review: overview': () => client.review.overview(ofRun),
    'review: list, first piece': async () => firstPiece(await client.review.queue({ runId, filter })),
    'review: list, all': async () => lengthOf(await client.review.queue({ runId, filter })),
    'review: list, unreviewed at random': async () =>
      lengthOf(await client.review.queue({ runId, filter: { ...filter, status: 'unreviewed', sort: 'random' } })),
    'review: a pair': () => client.review.item({ promptId }),
    'search: a frequent word': () => client.prompts.search(search),
    'search: a rare word': () => client.prompts.search({ ...search, text: 'word2999 word2998' }),
    'data: what can be exported': () => client.data.exportable({ run: runId }),
  } satisfies Record<string, () => Promise<unknown>>
}

async function firstPiece<Entry>(pieces: AsyncIterable<Entry[]>): Promise<Entry[]> {
  for await (const piece of pieces) return piece
  return []
}

async function lengthOf(pieces: AsyncIterable<unknown[]>): Promise<number> {
  let length = 0
  for await (const piece of pieces) length += piece.length
  return length
}
