import type { Application } from '../application.ts'
import { api } from '../implementation.ts'
import { absolutePath } from '../system/file-browser.ts'
import { stopAndKeep } from './stop-and-keep.ts'

export const runsRouter = ({ store, runs, reads, queue, newRuns }: Application) =>
  api.runs.router({
    recipes: api.runs.recipes.handler(() => newRuns.recipes()),
    readRecipe: api.runs.readRecipe.handler(({ input }) => newRuns.read(absolutePath(input.path))),
    checkRecipe: api.runs.checkRecipe.handler(async ({ input }) => [...(await newRuns.check(input.recipe))]),
    seedFile: api.runs.seedFile.handler(({ input }) => newRuns.seedFile(absolutePath(input.path))),
    estimate: api.runs.estimate.handler(({ input }) => newRuns.estimate(input.recipe)),
    create: api.runs.create.handler(async ({ input }) => ({ id: await newRuns.create(input.recipe, input.name) })),
    list: api.runs.list.handler(async () => (await reads.runs()).map(store.runs.asItIs)),
    show: api.runs.show.handler(async ({ input }) => store.runs.asItIs(await reads.run(input.id))),
    start: api.runs.start.handler(({ input }) => queue.start(store.runs.resolve(input.id).id)),
    confirmReview: api.runs.confirmReview.handler(({ input }) => {
      runs.confirmReview(input.id, input.iteration)
      return queue.start(store.runs.resolve(input.id).id)
    }),
    stopAndKeep: api.runs.stopAndKeep.handler(({ input }) => stopAndKeep(store, queue, input.id)),
    rename: api.runs.rename.handler(({ input }) => runs.rename(input.id, input.name)),
    removal: api.runs.removal.handler(({ input }) => reads.removal(input.id)),
    remove: api.runs.remove.handler(({ input }) => runs.remove(input.id)),
    setReviewWait: api.runs.setReviewWait.handler(({ input }) => runs.setReviewWait(input.id, input.wait)),
    pause: api.runs.pause.handler(({ input }) => queue.pause(store.runs.resolve(input.id).id)),
  })
