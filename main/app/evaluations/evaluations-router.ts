import { engineOfModel } from '../../shared/engine-settings.ts'
import type { Application } from '../application.ts'
import { engineUseOf } from '../engines/engine-use.ts'
import { api, streamed } from '../implementation.ts'
import { findModel, mustWork } from '../models/model-library.ts'
import { absolutePath } from '../system/file-browser.ts'
import { alpacaEvalFile, importAnnotations } from './alpaca-eval-results.ts'
import { type ArenaModel, arenaApi, serverModel } from './arena.ts'
import { checkableRuns } from './evaluations.ts'
import { arenaStandings } from './model-standings.ts'
import { settingsOf } from './new-evaluation.ts'
import { probeOf, probesApi } from './probes.ts'

export const evaluateRouter = (application: Application) => {
  const { home, store, reads, bench, library, evaluations, removals, newRuns, checkersOf, openElsewhere } = application
  const removed = removals.evaluations
  const isCheckable = checkableRuns(store, checkersOf)
  const arena = arenaApi({ store, bench, dataSets: library.dataSets })
  const probes = probesApi(store, evaluations)
  async function arenaModel(id: string): Promise<ArenaModel> {
    const server = engineOfModel(id)
    if (server === null) return mustWork(await findModel(home, store, id))
    return serverModel(store, store.engines.resolve(server), openElsewhere)
  }
  const arenaModels = (ids: readonly string[]): Promise<ArenaModel[]> => Promise.all([...new Set(ids)].map(arenaModel))
  return api.evaluate.router({
    sources: api.evaluate.sources.handler(async () => {
      const sources = await reads.evaluationSources()
      const checkable = await isCheckable(sources.map(({ runId }) => runId))
      return sources.map((source) => ({ ...source, checkable: checkable.has(source.runId) }))
    }),
    list: api.evaluate.list.handler(() => evaluations.list().filter(({ id }) => !removed.isPending(id))),
    results: api.evaluate.results.handler(async ({ input }) => {
      const { rows, matching } = await reads.evaluationResults(input)
      const there = rows.filter(({ id, run }) => run !== null || !removed.isPending(id))
      return { rows: there, matching: matching - (rows.length - there.length) }
    }),
    answers: api.evaluate.answers.handler(({ input }) => reads.evaluationAnswers(input.id, input.offset, input.limit)),
    start: api.evaluate.start.handler(async ({ input }) => {
      const { settings, title } = await settingsOf({ home, store }, input)
      return { id: evaluations.start(settings, title) }
    }),
    pause: api.evaluate.pause.handler(({ input }) => evaluations.pause(input.id)),
    resume: api.evaluate.resume.handler(({ input }) => evaluations.resume(input.id)),
    remove: api.evaluate.remove.handler(({ input }) => removed.schedule(input.id)),
    undoRemove: api.evaluate.undoRemove.handler(({ input }) => removed.undo(input.id)),
    standings: api.evaluate.standings.handler(() => reads.modelStandings()),
    importAnnotations: api.evaluate.importAnnotations.handler(({ input }) => ({ ids: importAnnotations(store, absolutePath(input.file)) })),
    exportAlpacaEval: api.evaluate.exportAlpacaEval.handler(({ input }) => alpacaEvalFile(store, input.id, input.what)),
    probe: {
      show: api.evaluate.probe.show.handler(({ input }) => probes.show(input)),
      estimate: api.evaluate.probe.estimate.handler(({ input }) => newRuns.estimateProbe(probeOf(store, input))),
      start: api.evaluate.probe.start.handler(({ input }) => ({ id: probes.start(input) })),
    },
    arena: {
      waiting: api.evaluate.arena.waiting.handler(async ({ input }) =>
        arena.waiting((await arenaModels(input.models)).map(({ id }) => id)),
      ),
      round: api.evaluate.arena.round.handler(async ({ input: { models, prompt, sampling }, signal }) => {
        return streamed(arena.round(await arenaModels(models), prompt, sampling, signal))
      }),
      vote: api.evaluate.arena.vote.handler(({ input: { roundId, vote, seconds, ...reasoning } }) =>
        arena.vote(roundId, vote, seconds, reasoning),
      ),
      explain: api.evaluate.arena.explain.handler(({ input: { roundId, of, ...reasoning } }) => arena.explain(roundId, of, reasoning)),
      undo: api.evaluate.arena.undo.handler(({ input }) => arena.undo(input.roundId)),
      reveal: api.evaluate.arena.reveal.handler(({ input }) => arena.reveal(input.roundId)),
      standings: api.evaluate.arena.standings.handler(({ input }) => ({
        ...arenaStandings(store, input.isOpen),
        engineUsage: engineUseOf(store, 'arena'),
      })),
      votes: api.evaluate.arena.votes.handler(() => arena.votes()),
    },
  })
}
