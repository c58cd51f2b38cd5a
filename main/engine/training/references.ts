import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { replaceFile } from '../../common/replace-file.ts'
import type { TrainItem } from '../../shared/engine-protocol.ts'
import { LaurelError, stopped } from '../../shared/errors.ts'
import { microBatches } from '../batch-limits.ts'
import type { Decoder } from '../model/decoder.ts'
import { pairTokens, type Reference, referenceLogprobs } from './dpo.ts'
import type { DpoExample } from './encoded-rows.ts'
import { tokenBudgetOf } from './token-budget.ts'

const header = z.object({ of: z.string(), rows: z.array(z.int()).default([]) })
const stored = z.object({ chosen: z.number(), rejected: z.number() })

/** What a training's reference log-probabilities depend on: the exact pairs, and the reference model with its precision. */
interface ReferenceOf {
  readonly examples: readonly DpoExample[]
  /** The training row of each pair; rows that were left out have none. */
  readonly rows: readonly number[]
  /** The model's fingerprint and precision, as one string. */
  readonly model: string
}

/** Options of the reference pass. */
interface ReferencePass {
  readonly checkpoints: string
  /** Whether to stop after the current chunk, by throwing STOPPED. */
  readonly isOver: () => boolean
  /** Tokens per chunk. */
  readonly budget?: number
}

/**
 * The reference model's log-probabilities of all pairs, computed once before any update. Each chunk is stored as soon as it is computed, so
 * an interrupted pass resumes. Values stored for other pairs or another model, or that are NaN, are recomputed. Throws NUMERIC if the model
 * itself gives NaN.
 */
export async function* referencesOf(
  decoder: Decoder,
  of: ReferenceOf,
  { checkpoints, isOver, budget = tokenBudgetOf(decoder) }: ReferencePass,
): AsyncGenerator<TrainItem, Reference[]> {
  const { examples } = of
  const file = referenceFile(checkpoints, { of: identityOf(of), rows: [...of.rows] })
  const references = file.read(examples.length)
  const portions = microBatches(examples, pairTokens, budget)
  let start = 0
  for (const portion of portions) {
    const end = start + portion.length
    if (references.length < end) {
      references.length = start // keep chunks whole: their composition affects the last bits
      const found = await referenceLogprobs(decoder, portion)
      checkNumbers(found, start)
      file.append(references.length, found)
      for (const reference of found) references.push(reference)
      yield { kind: 'reference-progress', done: end, total: examples.length }
      if (isOver()) throw stopped()
      await setImmediate() // process a pending cancel message
    }
    start = end
  }
  return references
}

/** The references of a training that was completed earlier: its owner may have been killed, or had no disk space, before storing them. */
export function* storedReferences(checkpoints: string): Generator<TrainItem> {
  const [first, ...lines] = completeLines(referencePath(checkpoints))
  const rows = header.safeParse(parse(first)).data?.rows ?? []
  for (const [i, line] of lines.slice(0, rows.length).entries()) {
    const read = stored.safeParse(parse(line))
    if (!read.success) return
    yield { kind: 'reference', row: rows[i], ...read.data }
  }
}

function checkNumbers(references: readonly Reference[], start: number): void {
  const wrong = references.findIndex(({ chosen, rejected }) => !Number.isFinite(chosen) || !Number.isFinite(rejected))
  if (wrong === -1) return
  const message = `the reference model's log-probability of pair ${start + wrong + 1} is infinite or NaN`
  throw new LaurelError('NUMERIC', message, 'Use float32, or check the model: its weights may be damaged.')
}

/** Hash of everything that the references depend on. */
function identityOf({ examples, model }: ReferenceOf): string {
  const hash = createHash('sha256').update(model)
  for (const { prompt, chosen, rejected } of examples) hash.update(JSON.stringify([prompt, chosen, rejected]))
  return hash.digest('hex')
}

const referencePath = (checkpoints: string): string => join(checkpoints, 'references.jsonl')

/** An incomplete last line has no newline. */
const completeLines = (path: string): string[] => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [])

/** The reference file: a header line with the identity and the rows, then one line per pair. */
function referenceFile(checkpoints: string, head: z.output<typeof header>) {
  const path = referencePath(checkpoints)
  let bytes: number[] = [] // end of line i, header first

  return {
    /** References from the first pair on, up to the first invalid one. */
    read(count: number): Reference[] {
      const references: Reference[] = []
      const complete = completeLines(path)
      if (header.safeParse(parse(complete[0])).data?.of !== head.of) {
        mkdirSync(checkpoints, { recursive: true })
        const first = `${JSON.stringify(head)}\n`
        replaceFile(path, first)
        bytes = [Buffer.byteLength(first)]
        return references
      }
      bytes = [Buffer.byteLength(complete[0]) + 1]
      for (const line of complete.slice(1, count + 1)) {
        const read = stored.safeParse(parse(line))
        if (!read.success) break
        references.push(read.data)
        bytes.push(bytes[bytes.length - 1] + Buffer.byteLength(line) + 1)
      }
      return references
    },
    /** Append references after the first `known`. */
    append(known: number, references: readonly Reference[]): void {
      truncateSync(path, bytes[known])
      bytes.length = known + 1
      const lines = references.map((reference) => `${JSON.stringify(reference)}\n`)
      appendFileSync(path, lines.join(''))
      for (const line of lines) bytes.push(bytes[bytes.length - 1] + Buffer.byteLength(line))
    },
  }
}

function parse(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? '')
  } catch {
    return undefined
  }
}
