import { modelsAt } from './find-models.ts'
import { foundFiles } from './library.ts'
import { modelFacts } from './model-facts.ts'

/** Methods of the model thread, all of which read folders and files of unknown size. */
export const threadMethods = {
  foundFiles,
  modelFacts,
  countModelsAt: (place: string): number => modelsAt(place).length,
}
export type ThreadMethods = typeof threadMethods
