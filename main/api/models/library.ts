import { LaurelError } from '../../common/errors.ts'
import { modelFacts, modelFiles } from '../../models/models-thread.ts'
import type { ModelRow } from '../../store/models.ts'
import type { Store } from '../../store/store.ts'
import type { LibraryModel } from '../contract/models.ts'

/** What a call names a run's model by; models that no run made are named by their path. */
export const runModelId = (runId: string, name: string): string => `${runId}/${name}`

/** Every model there is: those of all runs, newest run first, then those on disk. */
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

/** The model of an id. Throws NOT_FOUND where the library has none such: nothing outside it is opened. */
export async function findModel(home: string, store: Store, id: string): Promise<LibraryModel> {
  const [runId, name] = id.split('/')
  const model = name === undefined || runId === '' ? undefined : store.models.find(runId, name)
  if (model !== undefined) return ofRun(store, model)
  const file = (await modelFiles(home)).find(({ path }) => path === id)
  if (file !== undefined) return { id, origin: null, ...file }
  throw new LaurelError('NOT_FOUND', `The library has no model ${id}.`, 'Choose one of the list; it may have been moved or deleted.')
}

/** A name that tells models of different runs apart. */
export const labelOf = ({ name, origin }: LibraryModel): string => (origin === null ? name : `${name} of ${origin.runName}`)

/** Throws where the library says that the model cannot be used. */
export function mustWork(model: LibraryModel): LibraryModel {
  if (model.problem === null) return model
  throw new LaurelError('BAD_INPUT', `${labelOf(model)} cannot be used: ${model.problem}`, 'Choose another model, or mend its files.')
}
