import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { filesStamp, modelFingerprint } from '../../../common/file-identity.ts'
import { LaurelError } from '../../../shared/errors.ts'
import { progressed } from '../../backends/pulse.ts'
import type { SharedStorage } from './shared-storage.ts'

/** A model's files that vLLM and transformers read. Pickles aren't among them: loading one runs what it contains. */
const isModelFile = (name: string): boolean => /\.(?:safetensors|json|jinja|model|txt)$/.test(name)

const pointer = z.object({ folder: z.string() })

/** The cluster's copies of models, by the hash of their files. */
export function clusterModels(store: SharedStorage) {
  const known = new Map<string, { stamp: string; hash: string }>()

  async function hashOf(path: string): Promise<string> {
    const stamp = filesStamp(path)
    const before = known.get(path)
    if (before?.stamp === stamp) return before.hash
    const hash = await modelFingerprint(path)
    known.set(path, { stamp, hash })
    return hash
  }

  const isThere = (hash: string): boolean => {
    const found = store.read(`models/${hash}.json`, pointer)
    return found !== undefined && store.exists(`${found.folder}/config.json`)
  }

  return {
    /** The model's hash, once its files are in the storage. Throws UNSUPPORTED for a GGUF file. */
    async provide(path: string): Promise<string> {
      if (!statSync(path).isDirectory()) {
        const remedy = 'Use the Hugging Face folder of this model, or export it as one first.'
        throw new LaurelError('UNSUPPORTED', `${path}: the Ray host needs a Hugging Face folder, and this is a file.`, remedy)
      }
      const hash = await hashOf(path)
      if (isThere(hash)) return hash
      for (const name of readdirSync(path).filter(isModelFile)) {
        store.copyIn(join(path, name), `models/${hash}/${name}`)
        progressed()
      }
      this.place(hash, `models/${hash}`)
      return hash
    },

    /** Says where the files of a model are. */
    place: (hash: string, folder: string): void => store.write(`models/${hash}.json`, JSON.stringify({ folder })),

    /** A trained model's weights are in the storage already: only the files that Laurel wrote next to them are missing. */
    async adopt(path: string, folder: string): Promise<void> {
      const weights = this.weightFiles(folder)
      for (const name of readdirSync(path).filter((name) => isModelFile(name) && !weights.includes(name))) {
        store.copyIn(join(path, name), `${folder}/${name}`)
      }
      this.place(await hashOf(path), folder)
    },

    /** The weight files in a folder of the storage. */
    weightFiles: (folder: string): string[] =>
      existsSync(store.path(folder)) ? readdirSync(store.path(folder)).filter((name) => /\.safetensors(?:\.index\.json)?$/.test(name)) : [],
  }
}
export type ClusterModels = ReturnType<typeof clusterModels>
