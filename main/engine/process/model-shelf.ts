import { filesStamp } from '../../common/files-stamp.ts'
import type { Precision } from '../train-config.ts'
import type { ModelFiles } from './model/model-files.ts'
import type { Numerics, ServedModel } from './numerics.ts'

/** Loaded models kept at once: a run works with the current model and, for judging or writing prompts, at most one more. */
const capacity = 2
/** Tokenizers and configurations kept beside them. */
const filesCapacity = 8

/** What was read, and the state of the files then. */
interface Stamped<Value> {
  readonly value: Value
  readonly stamp: string
}

/**
 * The models in memory, the least recently used dropped for a new one. A place is freed before the new model is loaded,
 * so that there are never more than `capacity`. A model whose files have changed on disk since is opened again. Callers don't overlap (the server does one request at a time).
 */
export function modelShelf<Model extends ServedModel>(
  numerics: Pick<Numerics<Model>, 'loadModel' | 'openFiles'>,
  precision: () => Promise<Precision>,
  onLoaded: (seconds: number) => void = () => {},
) {
  let served: Precision = 'float32'
  const models = new Map<string, Stamped<Model>>() // in order of use, the newest last
  const files = new Map<string, Stamped<ModelFiles>>()

  function drop(path: string): void {
    models.get(path)?.value.dispose()
    models.delete(path)
    files.delete(path)
  }

  return {
    async get(path: string): Promise<Model> {
      const stamp = filesStamp(path)
      if (models.get(path)?.stamp !== stamp) drop(path)
      let model = models.get(path)?.value
      if (model) models.delete(path)
      else {
        while (models.size >= capacity) drop(models.keys().next().value!)
        const start = performance.now()
        served = await precision()
        model = await numerics.loadModel(path, served)
        onLoaded((performance.now() - start) / 1000)
      }
      models.set(path, { value: model, stamp })
      return model
    },
    /** The model's tokenizer, template and configuration, weights not needed. */
    async files(path: string): Promise<ModelFiles> {
      const stamp = filesStamp(path)
      const ofModel = models.get(path)
      if (ofModel?.stamp === stamp) return ofModel.value.files
      const known = files.get(path)
      files.delete(path)
      if (known?.stamp === stamp) {
        files.set(path, known) // the newest now
        return known.value
      }
      while (files.size >= filesCapacity) files.delete(files.keys().next().value!)
      const opened = await numerics.openFiles(path)
      opened.weights.close()
      files.set(path, { value: opened, stamp })
      return opened
    },
    drop,
    dropAll(): void {
      for (const path of [...models.keys()]) drop(path)
    },
    /** Bytes of the weights held, in the precision they are served in. */
    bytes(): number {
      const each = served === 'bfloat16' ? 2 : 4
      return [...models.values()].reduce((sum, { value }) => sum + value.parameters * each, 0)
    },
  }
}
export type ModelShelf<Model extends ServedModel> = ReturnType<typeof modelShelf<Model>>
