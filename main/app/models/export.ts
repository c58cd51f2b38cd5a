import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { z } from 'zod'
import { asyncQueue } from '../../common/async-queue.ts'
import { readPlainText } from '../../common/read-file.ts'
import type { Engine } from '../../engine/hosts/engine.ts'
import { exportFolder } from '../../models/export-folder.ts'
import { modelCard } from '../../models/model-card.ts'
import { canBeQuoted, modelfile, ollamaTemplate, templateParts } from '../../models/modelfile.ts'
import { stopTextsOf } from '../../models/models-thread.ts'
import type { ExportEvent, LibraryModel } from '../../shared/contract/models-contract.ts'
import type { RunDetails } from '../../shared/contract/runs-contract.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import type { SharedEngine } from '../jobs/shared-engine.ts'
import { cardOf, fixedLogprobs } from './card.ts'
import { labelOf } from './model-library.ts'

/** A run's model, and the target folder. */
interface ModelExport {
  readonly model: LibraryModel
  readonly run: RunDetails | null // the run that trained it
  readonly folder: string
  readonly laurel: string
}

/**
 * Writes a model as a Hugging Face folder with a Modelfile and a card, then loads the copy and compares its log-probabilities with the
 * original's. Most models that produce nonsense elsewhere were exported with the wrong template or stop tokens.
 */
export async function* exportModel(bench: SharedEngine, wanted: ModelExport, signal?: AbortSignal): AsyncGenerator<ExportEvent> {
  check(wanted)
  const events = asyncQueue<ExportEvent>()
  const left = new AbortController()
  const stop = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal])
  void bench.use((engine) => perform(engine, wanted, stop, (event) => events.push([event]))).then(events.end, events.fail)
  try {
    yield* events
  } finally {
    left.abort()
  }
}

function check({ model, folder }: ModelExport): void {
  if (model.format === 'gguf') {
    throw new LaurelError('UNSUPPORTED', 'A GGUF file is a single file already.', `Copy the file instead: ${model.path}`)
  }
  if (!isAbsolute(folder)) throw badInput(`${folder} must be an absolute path.`, 'Enter the full path, starting at the root.')
  if (existsSync(folder)) throw badInput(`${folder} already exists.`, "Enter a folder that doesn't exist yet.")
}

async function perform(
  engine: Engine,
  { model, run, folder, laurel }: ModelExport,
  signal: AbortSignal,
  tell: (event: ExportEvent) => void,
): Promise<void> {
  const template = await templateFor(engine, model)
  const stops = await stopTextsOf(model.path, await behindAnswer(engine, model))
  const [temperature, topP] = run === null ? [0.7, 0.9] : [run.recipe.candidates.temperature, run.recipe.candidates.top_p]
  const files = await exportFolder({
    from: model.path,
    to: folder,
    texts: new Map([
      ['Modelfile', modelfile({ title: labelOf(model), template, stops, temperature, topP })],
      ['README.md', modelCard(cardOf(model, run, laurel))],
    ]),
    onProgress: throttled((bytes, total) => tell({ kind: 'copying', bytes, total })),
    signal,
  })
  tell({ kind: 'checking' })
  tell({ kind: 'done', folder, files, check: await compare(engine, model.path, folder), hasTemplate: template !== null, stops })
}

async function templateFor(engine: Engine, { path, hasChatTemplate }: LibraryModel): Promise<string | null> {
  if (!hasChatTemplate) return null
  const parts = await templateParts((messages, addGenerationPrompt) =>
    engine.render({ model: path, messages: [...messages], addGenerationPrompt }),
  )
  const template = parts === null ? null : ollamaTemplate(parts, bosOf(path))
  return template !== null && canBeQuoted(template) ? template : null
}

const answer = 'An answer'

/** The text that the model's chat template adds after an answer; '' if it has no template, or one that rejects a plain conversation. */
async function behindAnswer(engine: Engine, { path, hasChatTemplate }: LibraryModel): Promise<string> {
  if (!hasChatTemplate) return ''
  const messages = [
    { role: 'user', content: 'A question' },
    { role: 'assistant', content: answer },
  ]
  const text = await engine.render({ model: path, messages, addGenerationPrompt: false }).catch(() => '')
  return text.slice(text.lastIndexOf(answer) + answer.length)
}

const tokenizerConfig = z.looseObject({ bos_token: z.union([z.string(), z.looseObject({ content: z.string() })]).nullish() })

/** The text of the BOS token; '' if there is none. */
function bosOf(folder: string): string {
  const file = join(folder, 'tokenizer_config.json')
  const parsed = existsSync(file) ? tokenizerConfig.safeParse(JSON.parse(readPlainText(file, 32 << 20))) : undefined
  const bos = parsed?.data?.bos_token
  return (typeof bos === 'string' ? bos : bos?.content) ?? ''
}

async function compare(engine: Engine, original: string, copy: string): Promise<{ tokens: number; largestDifference: number }> {
  const [before, after] = [await fixedLogprobs(engine, original), await fixedLogprobs(engine, copy)]
  await engine.unload(copy)
  if (before.length !== after.length) {
    throw new LaurelError(
      'INTERNAL',
      'The exported copy tokenizes text differently from the original.',
      `This is a bug in Laurel. Don't use ${copy}, and please report it.`,
    )
  }
  const largestDifference = before.reduce((largest, value, i) => Math.max(largest, Math.abs(value - after[i])), 0)
  return { tokens: before.length, largestDifference }
}

/** Forwards ten calls a second, and the last one. */
function throttled(tell: (bytes: number, total: number) => void): (bytes: number, total: number) => void {
  let told = Number.NEGATIVE_INFINITY
  return (bytes, total) => {
    if (bytes !== total && performance.now() - told < 100) return
    told = performance.now()
    tell(bytes, total)
  }
}
