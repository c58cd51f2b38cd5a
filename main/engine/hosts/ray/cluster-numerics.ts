import type { LeftOutRow, TrainItem, TrainParams } from '../../../shared/engine-protocol.ts'
import { LaurelError } from '../../../shared/errors.ts'
import type { Precision } from '../../../shared/train-config.ts'
import type { Generated, GenerateOptions, GenerateRow } from '../../inference/generate.ts'
import type { Scored, ScoreOptions, ScoreRow } from '../../inference/score.ts'
import { openModel } from '../../model/load-model.ts'
import type { Numerics, ServedModel } from '../../process/numerics.ts'
import type { Interruptions } from '../../training/train.ts'
import type { ClusterModels } from './cluster-models.ts'
import { generatedItem, scoredItem } from './cluster-protocol.ts'
import { clusterTraining } from './cluster-training.ts'
import { type ClusterWork, clusterItems } from './cluster-work.ts'

/** A model on the cluster. */
interface ClusterModel extends ServedModel {
  readonly hash: string
  readonly precision: Precision
}

interface ClusterNumericsOptions extends ClusterWork {
  readonly models: ClusterModels
  /** Token ids in a request, about 6.5 characters each: all of a large one's don't fit a single text. */
  readonly mostIds?: number
}

/**
 * The numerics of an engine whose arithmetic is done on a Ray cluster. Everything around them (chat templates, tokenizers, stop texts, rows
 * that are too long) is the local engine's, so both see the same ids.
 */
export function clusterNumerics(options: ClusterNumericsOptions): Numerics<ClusterModel> {
  const { models, mostIds = 2 ** 24 } = options

  /** Has rows answered in parts, one after another. The same rows are always in the same part, so that what is stored of it is found. */
  async function* inParts<Row, Item extends { readonly row: number }>(
    rows: readonly Row[],
    idsOf: (row: Row) => readonly number[],
    answered: (part: readonly Row[], first: number) => AsyncIterable<Item>,
  ): AsyncGenerator<Item> {
    let first = 0
    while (first < rows.length) {
      let [end, ids] = [first, 0]
      do ids += idsOf(rows[end++]).length
      while (end < rows.length && ids + idsOf(rows[end]).length <= mostIds)
      for await (const item of answered(rows.slice(first, end), first)) yield { ...item, row: first + item.row }
      first = end
    }
  }

  async function* generate(
    model: ClusterModel,
    rows: readonly GenerateRow[],
    wanted: GenerateOptions,
  ): AsyncGenerator<Generated | LeftOutRow> {
    const { sampling, stopTokens, isFinished, room, signal } = wanted
    const isGreedy = sampling.greedy || sampling.temperature === 0
    const request = {
      ...({ kind: 'generate', model: model.hash, precision: model.precision } as const),
      rows: rows.map(({ promptIds, seeds }, row) => ({
        ids: promptIds,
        seeds,
        room: Math.min(sampling.maxNewTokens, room?.(row) ?? Number.POSITIVE_INFINITY),
      })),
      sampling: {
        ...{ temperature: isGreedy ? 0 : sampling.temperature, topP: sampling.topP, topK: sampling.topK },
        ...{ minNewTokens: sampling.minNewTokens, stop: sampling.stop },
      },
      stopTokens,
    }
    for await (const item of eachRowLeftOutOnce(clusterItems(options, request, generatedItem, { signal }))) {
      if ('leftOut' in item) {
        yield item
        continue
      }
      const { row, sample, tokenIds, finishReason } = item
      const end = tokenIds.findIndex((_, i) => isFinished?.(row, sample, tokenIds.slice(0, i + 1)))
      yield end < 0 ? { row, sample, tokenIds, finishReason } : { row, sample, tokenIds: tokenIds.slice(0, end + 1), finishReason: 'stop' }
    }
  }

  function score(
    model: ClusterModel,
    rows: readonly ScoreRow[],
    { top, choicesOnly = false, signal }: ScoreOptions,
  ): AsyncGenerator<Scored | LeftOutRow> {
    const request = {
      ...({ kind: 'score', model: model.hash, precision: model.precision } as const),
      ...{ rows: rows.map(({ ids, at }) => ({ ids, at })), top, choicesOnly },
    }
    return eachRowLeftOutOnce(clusterItems(options, request, scoredItem, { signal }))
  }

  return {
    openFiles: openModel,

    async loadModel(path: string, precision: Precision): Promise<ClusterModel> {
      const files = await openModel(path)
      files.weights.close()
      const parameters = files.weights.names.reduce((sum, name) => sum + files.weights.shape(name).reduce((size, n) => size * n, 1), 0)
      return { files, parameters, hash: await models.provide(path), precision, dispose: () => {} }
    },

    generate: (model, rows, wanted) =>
      inParts(
        rows,
        ({ promptIds }) => promptIds,
        (part, first) =>
          generate(model, part, {
            ...wanted,
            isFinished: (row, sample, ids) => wanted.isFinished?.(first + row, sample, ids) ?? false,
            room: (row) => wanted.room?.(first + row) ?? Number.POSITIVE_INFINITY,
          }),
      ),

    score: (model, rows, wanted) =>
      inParts(
        rows,
        ({ ids }) => ids,
        (part) => score(model, part, wanted),
      ),

    train: (params: TrainParams, interruptions: Interruptions): AsyncGenerator<TrainItem> =>
      clusterTraining(options, params, interruptions),

    measure() {
      const remedy = "Ray's dashboard shows what its nodes do."
      throw new LaurelError('UNSUPPORTED', 'The speed of single operations is measured on this machine only, not on a cluster.', remedy)
    },

    tensors: () => 0,
  }
}

/** Each sample of a row that is left out is an item; together they are one. */
async function* eachRowLeftOutOnce<Item extends object>(items: AsyncIterable<Item | LeftOutRow>): AsyncGenerator<Item | LeftOutRow> {
  const known = new Set<number>()
  for await (const item of items) {
    if (!('leftOut' in item)) yield item
    else if (!known.has(item.row)) {
      known.add(item.row)
      yield { row: item.row, leftOut: item.leftOut }
    }
  }
}
