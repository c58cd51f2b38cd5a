import { resourceFile } from '../common/resources.ts'
import { type FoundModel, modelsAt, modelsInCache } from './find-models.ts'
import type { ModelFacts } from './model-facts.ts'
import { addedPlaces, hiddenModels, hubCache, ownFolder } from './places.ts'

/** Where a model of the library comes from: shipped with Laurel, Laurel's own folder, Hugging Face's cache, or a place the user added. */
type FileSource = 'demo' | 'folder' | 'cache' | 'added'

export interface LibraryFile extends FoundModel, ModelFacts {
  readonly source: FileSource
}

/** A found model whose files haven't been inspected yet. */
export type FoundFile = FoundModel & { readonly source: FileSource }

/** Every model in the places where Laurel looks, each once. */
export function foundFiles(home: string, env: NodeJS.ProcessEnv = process.env): FoundFile[] {
  const demo: FoundModel = { name: 'Demo model', path: resourceFile('demo', 'model') }
  const hidden = new Set(hiddenModels(home))
  const found: [FileSource, FoundModel[]][] = [
    ['demo', [demo]],
    ['folder', modelsAt(ownFolder(home))],
    [
      'added',
      addedPlaces(home)
        .flatMap(addedModels)
        .filter(({ path }) => !hidden.has(path)),
    ],
    ['cache', modelsInCache(hubCache(env))],
  ]
  const byPath = new Map<string, FoundFile>()
  for (const [source, models] of found) {
    for (const model of models) if (!byPath.has(model.path)) byPath.set(model.path, { ...model, source })
  }
  return [...byPath.values()]
}

/** A place whose models are gone stays on the list, so that the user can see why and remove it. */
function addedModels(place: string): FoundModel[] {
  const models = modelsAt(place)
  return models.length > 0 ? models : [{ name: place, path: place }]
}
