import { filesStamp } from '../../common/file-identity.ts'
import type { Precision } from '../../shared/train-config.ts'
import type { ModelFiles } from '../model/load-model.ts'
import type { Numerics, ServedModel } from './numerics.ts'

/** Number of models kept loaded: a run uses the current model and at most one more, for judging or writing prompts. */
const capacity = 2
/** Number of tokenizers and configurations kept besides. */
const filesCapacity = 8

/** A cached value, and the state of its files when it was read. */
interface Stamped<Value> {
  readonly value: Value
  readonly stamp: string
}

/**
 * LRU cache of loaded models. A slot is freed before a new model is loaded, so that there are never more than `capacity` in memory. A model
 * whose files have changed on disk is reloaded. Calls must not overlap (the server handles one request at a time).
 */
export function modelCache<Model extends ServedModel>(
  numerics: Pick<Numerics<Model>, 'loadModel' | 'openFiles'>,
  precision: () => Promise<Precision>,
  onLoaded: (seconds: number) => void = () => {},
) {
  let served: Precision = 'float32'
  const models = new Map<string, Stamped<Model>>() // in order of use, most recent last
  const files = new Map<string, Stamped<ModelFiles>>()

  function drop(path: string): void {
    models.get(path)?.value.dispose()
    models.delete(path)
    files.delete(path)
  }

  const makeRoom = (): void => {
    while (models.size >= capacity) drop(models.keys().next().value!)
  }

  return {
    /** Keeps a model that needn't be loaded: it was trained here, and its files were written from it. */
    adopt(path: string, model: Model): void {
      drop(path)
      makeRoom()
      models.set(path, { value: model, stamp: filesStamp(path) })
    },
    async get(path: string): Promise<Model> {
      const stamp = filesStamp(path)
      if (models.get(path)?.stamp !== stamp) drop(path)
      let model = models.get(path)?.value
      if (model) models.delete(path)
      else {
        makeRoom()
        const start = performance.now()
        served = await precision()
        model = await numerics.loadModel(path, served)
        onLoaded((performance.now() - start) / 1000)
      }
      models.set(path, { value: model, stamp })
      return model
    },
    /** A model's tokenizer, template and configuration, without its weights. */
    async files(path: string): Promise<ModelFiles> {
      const stamp = filesStamp(path)
      const ofModel = models.get(path)
      if (ofModel?.stamp === stamp) return ofModel.value.files
      const known = files.get(path)
      files.delete(path)
      if (known?.stamp === stamp) {
        files.set(path, known) // now the most recent
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
    /** Bytes of loaded weights, in their serving precision. */
    bytes(): number {
      const each = served === 'bfloat16' ? 2 : 4
      return [...models.values()].reduce((sum, { value }) => sum + value.parameters * each, 0)
    },
  }
}
