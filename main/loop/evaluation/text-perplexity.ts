import { z } from 'zod'
import { describeIssues } from '../../common/describe-issues.ts'
import { readDocumentText } from '../../common/json-document.ts'
import { readJsonLines } from '../../common/jsonl.ts'
import { perplexityFigures, type TextWindow, textWindows, type WindowScore } from '../../evaluation/text-windows.ts'
import { badInput, stopped } from '../../shared/errors.ts'
import type { Figures, PerplexitySettings } from '../../shared/evaluation-settings.ts'
import { scoreMissing } from '../stage-work.ts'
import { as, inputsOf, type StandaloneWork, setTotal } from './standalone-work.ts'
import { type UnitStore, unitStore } from './units.ts'

type WindowRow = TextWindow & { readonly position: number }

const windowValue = z.object({ logprob: z.number(), tokens: z.int() })

/**
 * How likely a model finds texts of any length, measured in windows of its context. A base model's text starts with its opening token, as in
 * training.
 */
export async function measurePerplexity(work: StandaloneWork, settings: PerplexitySettings): Promise<Figures> {
  const { source, count } = settings
  const model = as('own', settings.model)
  const texts = await inputsOf(work, z.string(), async () => textsIn(source.path).slice(0, count))
  const { contextLength } = await work.engine.load(model.path)
  const context = Math.min(settings.context, contextLength)
  const stride = Math.min(settings.stride, context - 1) // so that every measured token has one before it
  const rows = await windowsOf(work, model.path, texts, { context, stride })
  setTotal(work, rows.length)
  const scores: UnitStore<WindowRow, WindowScore, WindowScore> = unitStore(work.owner, {
    part: ['windows', model.name],
    schema: windowValue,
    toStored: (score) => score,
    what: `windows of ${model.name}`,
    noun: 'windows',
    nameOf: ({ position }) => `window ${position + 1}`,
  })
  await scoreMissing({ ...work, recipe: { ...work.recipe, batch: windowsAtOnce, chunk: windowsAtOnce } }, scores.units(rows, 1), {
    model: model.path,
    input: ({ ids }) => ({ input: { inputIds: [...ids] } }),
    read: ({ tokenLogprobs }, { scored }) => {
      const own = tokenLogprobs.slice(tokenLogprobs.length - scored)
      return { logprob: own.reduce((sum, value) => sum + value, 0), tokens: own.length }
    },
  })
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  return { ...perplexityFigures(scores.stored(), bytes), texts: texts.length, context, stride }
}

/** Windows per request: long ones, so few are lost when the work stops. */
const windowsAtOnce = 4

const row = z.object({ text: z.string().min(1) })
const remedy = 'Choose a text file, or JSON Lines of {"text": ...}.'

/** The texts of a file: of each line of JSON Lines, or the whole file. Throws NOT_FOUND, or BAD_INPUT that names the line. */
function textsIn(path: string): string[] {
  if (!/\.jsonl$/i.test(path)) {
    const text = readDocumentText(path)
    if (text.trim() === '') throw badInput(`${path}: the file is empty`, remedy)
    return [text]
  }
  const texts = readJsonLines(path).map(({ line, value }) => {
    const { data, error } = row.safeParse(value)
    if (error !== undefined) throw badInput(`${path}:${line}: ${describeIssues(error)}`, remedy)
    return data.text
  })
  if (texts.length === 0) throw badInput(`${path}: has no rows`, remedy)
  return texts
}

async function windowsOf(
  { engine, signal }: StandaloneWork,
  model: string,
  texts: readonly string[],
  sizes: { readonly context: number; readonly stride: number },
): Promise<WindowRow[]> {
  const opening = await openingOf(engine, model)
  const windows: TextWindow[] = []
  for (const text of texts) {
    if (signal.aborted) throw stopped()
    const [ids] = await engine.tokenize({ model, texts: [text], special: false })
    windows.push(...textWindows([...opening, ...ids], sizes))
  }
  return windows.map((window, position) => ({ ...window, position }))
}

/** The tokens that a model's texts start with, which only scoring adds: for a base model usually one, with a chat template none. */
async function openingOf(engine: StandaloneWork['engine'], model: string): Promise<number[]> {
  const text = 'a'
  const [own] = await engine.tokenize({ model, texts: [text], special: false })
  for await (const { inputIds } of engine.score({ model, rows: [{ input: { text } }], top: 0, batch: 1 }))
    return inputIds.slice(0, inputIds.length - own.length)
  return []
}
