import type { Precision } from '../train-config.ts'
import type { ModelFiles } from './model/model-files.ts'
import type { Numerics, ServedModel } from './numerics.ts'

/** Loaded models kept at once: a run works with the current model and, for judging or writing prompts, at most one more. */
const capacity = 2

/**
 * The models in memory, the least recently used dropped for a new one. A place is freed before the new model is loaded,
 * so that there are never more than `capacity`. Callers don't overlap (the server does one request at a time).
 */
export function modelShelf<Model extends ServedModel>(
  numerics: Pick<Numerics<Model>, 'loadModel' | 'openFiles'>,
  precision: () => Promise<Precision>,
  onLoaded: (seconds: number) => void = () => {},
) {
  let served: Precision = 'float32'
  const models = new Map<string, Model>() // in order of use, the newest last
  const files = new Map<string, ModelFiles>()

  function drop(path: string): void {
    models.get(path)?.dispose()
    models.delete(path)
    files.delete(path)
  }

  return {
    async get(path: string): Promise<Model> {
      let model = models.get(path)
      if (model) models.delete(path)
      else {
        while (models.size >= capacity) drop(models.keys().next().value!)
        const start = performance.now()
        served = await precision()
        model = await numerics.loadModel(path, served)
        onLoaded((performance.now() - start) / 1000)
      }
      models.set(path, model)
      return model
    },
    /** The model's tokenizer, template and configuration, weights not needed. */
    async files(path: string): Promise<ModelFiles> {
      const known = models.get(path)?.files ?? files.get(path)
      if (known) return known
      const opened = await numerics.openFiles(path)
      opened.weights.close()
      files.set(path, opened)
      return opened
    },
    drop,
    dropAll(): void {
      for (const path of [...models.keys()]) drop(path)
    },
    /** Bytes of the weights held, in the precision they are served in. */
    bytes(): number {
      const each = served === 'bfloat16' ? 2 : 4
      return [...models.values()].reduce((sum, model) => sum + model.parameters * each, 0)
    },
  }
}
export type ModelShelf<Model extends ServedModel> = ReturnType<typeof modelShelf<Model>>
