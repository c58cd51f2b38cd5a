import { basename } from 'node:path'
import { modelFacts, modelFiles } from '../../models/models-thread.ts'
import type { LibraryModel } from '../../shared/contract/models-contract.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { Store } from '../../store/store.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'

/** Id of a run's model; other models are identified by their path. */
const runModelId = (runId: string, name: string): string => `${runId}/${name}`

/** All models: those of runs, newest run first, then those on disk. */
export async function listLibrary(home: string, store: Store): Promise<LibraryModel[]> {
  const ofRuns = store.runs.list().flatMap(({ id }) => store.models.ofRun(id))
  const files = await modelFiles(home)
  return [
    ...(await Promise.all(ofRuns.map((model) => ofRun(store, model)))),
    ...files.map((file) => ({ id: file.path, origin: null, ...file })),
  ]
}

async function ofRun(store: Store, model: ModelRow): Promise<LibraryModel> {
  const { runId, name, path, initialisedFrom, reference, data, createdAt } = model
  const runName = store.runs.find(runId)?.name ?? runId
  return {
    ...{ id: runModelId(runId, name), name, path, source: 'run' },
    origin: { runId, runName, model: name, initialisedFrom, reference, data, createdAt },
    ...(await modelFacts(path)),
  }
}

/** Finds a model by id. Throws NOT_FOUND for anything that isn't in the library: nothing else is ever opened. */
export async function findModel(home: string, store: Store, id: string): Promise<LibraryModel> {
  const [runId, name] = id.split('/')
  const model = name === undefined || runId === '' ? undefined : store.models.find(runId, name)
  if (model !== undefined) return ofRun(store, model)
  const file = (await modelFiles(home)).find(({ path }) => path === id)
  if (file !== undefined) return { id, origin: null, ...file }
  throw new LaurelError('NOT_FOUND', `The library has no model ${id}.`, 'It may have been moved or deleted. Choose a model from the list.')
}

/** A model at a path, whether it is in the library or not. */
export async function modelAt(path: string): Promise<LibraryModel> {
  return { id: path, name: basename(path), path, source: 'folder', origin: null, ...(await modelFacts(path)) }
}

/** A name that is unique among runs. */
export const labelOf = ({ name, origin }: LibraryModel): string => (origin === null ? name : `${name} of ${origin.runName}`)

/** Throws if the library reports a problem with the model. */
export function mustWork(model: LibraryModel): LibraryModel {
  if (model.problem === null) return model
  throw new LaurelError('BAD_INPUT', `${labelOf(model)} can't be used: ${model.problem}`, 'Choose another model, or fix its files.')
}
