import { disposeRuns, type PlacedRuns, placeRuns, type Runs } from '../kernels/attention-runs.ts'
import type { ModelConfig } from './config.ts'

/** What a model's layers have in common, and what its local ones have instead, if it has such layers (`LocalLayers`). */
export interface LayerKinds<T> {
  readonly usual: T
  readonly local: T | null
}

export const mapKinds = <T, R>({ usual, local }: LayerKinds<T>, of: (kind: T) => R): LayerKinds<R> => ({
  usual: of(usual),
  local: local === null ? null : of(local),
})

/** That of one layer. */
export const kindAt = <T>({ usual, local }: LayerKinds<T>, { localLayers }: Pick<ModelConfig, 'localLayers'>, layer: number): T =>
  local !== null && localLayers?.isLocal[layer] ? local : usual

/** Which keys each token sees, in each kind of layer. The caller owns the tensors, see `disposeKinds`. */
export const placeKinds = (runs: Runs, { slidingWindow, localLayers }: ModelConfig): LayerKinds<PlacedRuns> => ({
  usual: placeRuns(runs, slidingWindow),
  local: localLayers === null ? null : placeRuns(runs, localLayers.window),
})

export function disposeKinds({ usual, local }: LayerKinds<PlacedRuns>): void {
  disposeRuns(usual)
  if (local !== null) disposeRuns(local)
}
