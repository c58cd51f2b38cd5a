import { z } from 'zod'
import { clusterFacts } from '../../../shared/cluster-facts.ts'
import { errorValue } from '../../../shared/engine-protocol.ts'
import { errorCodes } from '../../../shared/errors.ts'
import { trainItem } from '../../../shared/train-items.ts'

/**
 * Files that Laurel and its job on a Ray cluster exchange through shared storage, in the folder `laurel-1` (the protocol's version):
 *
 *     models/HASH.json            where a model's files are; written after them
 *     adapters/NAME/...           initial values of adapters, in PEFT's form
 *     rows/HASH.jsonl             a part of a training's examples
 *     requests/ID.json            a request; its ID is the hash of its content
 *     results/ID/N-WRITER.jsonl   its items so far, in parts that never change
 *     results/ID/end.json         no more items will come
 *     results/ID/stop, conclude   what the user wants
 *     trainings/ID/...            checkpoints, and the trained model
 *     sessions/NAME/...           what the job is, the requests it should answer, in order, and marks by which it knows the storage
 *     tests/ID/...                a mark, and the answer of a job that tests the cluster; removed after the test
 *     marks/ID                    a mark by which a job asks its nodes whether they see the storage
 *
 * Everything is in token ids. Python's side is `resources/cluster/laurel_cluster`.
 */
export const protocolFolder = 'laurel-1'

const ids = z.array(z.int())

/** A sample of a row that vLLM has no room for, and why. */
const leftOutSample = z.object({ row: z.int(), sample: z.int(), leftOut: z.string() })

/** What the cluster's job says about itself when it starts. */
export const sessionInfo = clusterFacts.extend({
  job: z.string(),
  rows: z.int(), // of a request that keeps all its engines busy
})
export type SessionInfo = z.infer<typeof sessionInfo>

const checkedNode = z.object({ node: z.string(), error: errorValue.nullable(), versions: z.record(z.string(), z.string()) })

/** What a job finds that tests a cluster: whether each node sees the storage, what it has installed, and what none has room for, in words. */
export const checkAnswer = z.object({ cluster: clusterFacts, nodes: z.array(checkedNode), shortages: z.array(z.string()) })
export type CheckAnswer = z.infer<typeof checkAnswer>

export const generatedItem = z.union([
  z.object({ row: z.int(), sample: z.int(), tokenIds: ids, finishReason: z.enum(['stop', 'length']) }),
  leftOutSample,
])

export const scoredItem = z.union([
  z.object({
    row: z.int(),
    tokenLogprobs: z.array(z.number()),
    topIds: ids,
    topLogprobs: z.array(z.number()),
    choiceLogprobs: z.array(z.array(z.number())).optional(),
  }),
  leftOutSample,
])

/** A training's items. A row is an index into the request's examples. */
export const trainedItem = trainItem

/** The end of a request. */
export const resultEnd = z.object({
  error: z.object({ code: z.enum(errorCodes), message: z.string(), remedy: z.string() }).nullable(),
  writer: z.string(),
})

interface ModelRequest {
  /** Hash of the model's files. */
  readonly model: string
  readonly precision: 'float32' | 'bfloat16'
}

export interface GenerateRequest extends ModelRequest {
  readonly kind: 'generate'
  readonly rows: readonly { readonly ids: readonly number[]; readonly seeds: readonly number[]; readonly room: number }[]
  readonly sampling: {
    readonly temperature: number // 0: greedy
    readonly topP: number
    readonly topK: number
    readonly minNewTokens: number
    readonly stop: readonly string[]
  }
  readonly stopTokens: readonly number[]
}

export interface ScoreRequest extends ModelRequest {
  readonly kind: 'score'
  readonly rows: readonly {
    readonly ids: readonly number[]
    readonly at?: { readonly positions: readonly number[]; readonly choices: readonly number[] } | undefined
  }[]
  readonly top: number
  readonly choicesOnly: boolean
}

/** An optimizer step: the examples it sees, and its learning rate. Both are functions of recipe and seed, computed where the local engine does. */
export interface TrainingStep {
  /** From 1. Steps without a training signal are left out. */
  readonly number: number
  readonly rows: readonly number[]
  readonly learningRate: number
}

export interface TrainRequest extends ModelRequest {
  readonly kind: 'train'
  readonly task: 'sft' | 'dpo'
  /** Where the examples are: files of the folder `rows`. */
  readonly examples: readonly string[]
  readonly steps: readonly TrainingStep[]
  readonly config: object
  /** Where the adapters' initial values are, in the folder `adapters`, if only adapters are trained. */
  readonly adapters?: string
}

export type ClusterRequest = GenerateRequest | ScoreRequest | TrainRequest
