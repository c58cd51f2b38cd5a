import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TensorToWrite } from './write-safetensors.ts'
import { writtenSafetensors } from './write-safetensors.ts'

/** In a model's folder: the adapters that were merged into its weights. */
export const adapterFolder = 'adapter'
export const adapterConfigFile = 'adapter_config.json'
export const adapterWeightsFile = 'adapter_model.safetensors'
/** PEFT's prefix of the base model's names. */
export const peftPrefix = 'base_model.model.'

/** Low-rank adapters to write. */
export interface AdapterFiles {
  readonly lora: { readonly rank: number; readonly alpha: number; readonly dropout: number; readonly targets: readonly string[] }
  /** The model that they were trained on: a path, or a name on the Hugging Face Hub. */
  readonly base: string
  /** By Hugging Face's names: `model.layers.0.self_attn.q_proj.lora_A.weight` [R, I] and `lora_B` [O, R]. */
  readonly tensors: readonly Omit<TensorToWrite, 'dtype'>[]
}

/** Writes an adapter's configuration into a new folder, as PEFT reads it. */
export function writeAdapterConfig(folder: string, { lora, base }: Omit<AdapterFiles, 'tensors'>): void {
  mkdirSync(folder, { recursive: true })
  const config = {
    ...{ peft_type: 'LORA', task_type: 'CAUSAL_LM', base_model_name_or_path: base, inference_mode: true },
    ...{ r: lora.rank, lora_alpha: lora.alpha, lora_dropout: lora.dropout, target_modules: [...lora.targets].sort() },
    ...{ bias: 'none', fan_in_fan_out: false, init_lora_weights: true, modules_to_save: null, use_dora: false, use_rslora: false },
  }
  writeFileSync(join(folder, adapterConfigFile), `${JSON.stringify(config, null, 2)}\n`)
}

/** Writes the files that PEFT reads into a new folder, a tensor per step of the iteration, each of which returns the bytes written. */
export function* writtenAdapter(folder: string, { tensors, ...adapter }: AdapterFiles): Generator<number> {
  writeAdapterConfig(folder, adapter)
  const named = tensors.map((tensor) => ({
    ...{ name: peftPrefix + tensor.name, shape: tensor.shape, dtype: 'F32' as const },
    get data() {
      return tensor.data
    },
  }))
  yield* writtenSafetensors(join(folder, adapterWeightsFile), named)
}
