import type { Application } from '../application.ts'
import { api } from '../implementation.ts'
import { absolutePath } from '../system/file-browser.ts'
import { runLoad } from './run-load.ts'
import { stopAndKeep } from './stop-and-keep.ts'

export const runsRouter = ({ store, runs, removals, reads, queue, newRuns, engines }: Application) => {
  const load = runLoad({ usage: () => engines.usageOf('run') })
  return api.runs.router({
    recipes: api.runs.recipes.handler(() => newRuns.recipes()),
    readRecipe: api.runs.readRecipe.handler(({ input }) => newRuns.read(absolutePath(input.path))),
    checkRecipe: api.runs.checkRecipe.handler(async ({ input }) => [...(await newRuns.check(input.recipe))]),
    seedFile: api.runs.seedFile.handler(({ input }) => newRuns.seedFile(absolutePath(input.path))),
    estimate: api.runs.estimate.handler(({ input }) => newRuns.estimate(input.recipe)),
    create: api.runs.create.handler(async ({ input: { recipe, ...facts } }) => {
      const ids = await newRuns.create(recipe, facts)
      return { id: ids[0], ids }
    }),
    checkChange: api.runs.checkChange.handler(({ input }) => newRuns.checkChange(input.id, input.recipe)),
    edit: api.runs.edit.handler(({ input }) => newRuns.edit(input.id, input.recipe, input.name)),
    list: api.runs.list.handler(async () => (await reads.runs()).filter(({ id }) => !removals.runs.isPending(id)).map(store.runs.asItIs)),
    show: api.runs.show.handler(async ({ input }) => store.runs.asItIs(await reads.run(input.id))),
    start: api.runs.start.handler(({ input }) => queue.start(store.runs.resolve(input.id).id)),
    confirmReview: api.runs.confirmReview.handler(({ input }) => {
      runs.confirmReview(input.id, input.iteration)
      return queue.start(store.runs.resolve(input.id).id)
    }),
    stopAndKeep: api.runs.stopAndKeep.handler(({ input }) => stopAndKeep(store, queue, input.id)),
    load: api.runs.load.handler(({ input }) => {
      const { id } = store.runs.resolve(input.id)
      return load.of(queue.isWorking(id) ? id : null)
    }),
    startAfter: api.runs.startAfter.handler(({ input }) =>
      queue.startAfter(store.runs.resolve(input.id).id, store.runs.resolve(input.after).id),
    ),
    queueFirst: api.runs.queueFirst.handler(({ input }) => store.jobs.toFront(store.runs.resolve(input.id).id)),
    describe: api.runs.describe.handler(({ input: { id, ...facts } }) => runs.describe(id, facts)),
    rename: api.runs.rename.handler(({ input }) => runs.rename(input.id, input.name)),
    removal: api.runs.removal.handler(({ input }) => reads.removal(input.id)),
    remove: api.runs.remove.handler(({ input }) => removals.runs.schedule(store.runs.resolve(input.id).id)),
    undoRemove: api.runs.undoRemove.handler(({ input }) => removals.runs.undo(input.id)),
    setReviewWait: api.runs.setReviewWait.handler(({ input }) => runs.setReviewWait(input.id, input.wait)),
    pause: api.runs.pause.handler(({ input }) => queue.pause(store.runs.resolve(input.id).id)),
  })
}
