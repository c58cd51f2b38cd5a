import { existsSync, readdirSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { asyncQueue } from '../../common/async-queue.ts'
import type { Engine } from '../../engine/hosts/engine.ts'
import { exportFolder } from '../../models/export-folder.ts'
import { modelCard } from '../../models/model-card.ts'
import { canBeQuoted, modelfile, ollamaTemplate, templateParts } from '../../models/modelfile.ts'
import type { ExportEvent, LibraryModel } from '../../shared/contract/models-contract.ts'
import type { RunDetails } from '../../shared/contract/runs-contract.ts'
import type { ModelInfo } from '../../shared/engine-protocol.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { type ExportForm, type ExportPrecision, precisionsOf } from '../../shared/export-forms.ts'
import { cardOf } from './card.ts'
import { compareLogprobs, type ProbedText, probedTexts } from './compare-logprobs.ts'
import { labelOf } from './model-library.ts'

/** A model, and how and where it is exported. */
export interface ModelExport {
  readonly model: LibraryModel
  readonly run: RunDetails | null // the run that trained it
  readonly form: ExportForm
  readonly precision: ExportPrecision
  readonly folder: string
  readonly laurel: string
}

/** Gives work an engine. */
interface EngineAccess {
  use<T>(work: (engine: Engine) => Promise<T>): Promise<T>
}

/**
 * Writes a model to a new folder in a form that other programs read, with a Modelfile and a card, then loads the copy and compares its
 * log-probabilities with the original's. Most models that produce nonsense elsewhere were exported with the wrong template or stop tokens.
 * Throws NUMERIC if the copy differs by more than its precision explains; the files stay.
 */
export async function* exportModel(access: EngineAccess, wanted: ModelExport, signal?: AbortSignal): AsyncGenerator<ExportEvent> {
  check(wanted)
  const events = asyncQueue<ExportEvent>()
  const left = new AbortController()
  const stop = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal])
  void access.use((engine) => perform(engine, wanted, stop, (event) => events.push([event]))).then(events.end, events.fail)
  try {
    yield* events
  } finally {
    left.abort()
  }
}

function check({ model, form, precision, folder }: ModelExport): void {
  if (!precisionsOf[form].includes(precision)) {
    throw badInput(`${precision} isn't a precision of this form.`, `Choose one of ${precisionsOf[form].join(', ')}.`)
  }
  if (precision === 'as-is' && model.format === 'gguf') {
    throw badInput("A GGUF file can't be copied as a Hugging Face folder as it is.", 'Choose F32, BF16, or F16.')
  }
  if (!isAbsolute(folder)) throw badInput(`${folder} must be an absolute path.`, 'Enter the full path, starting at the root.')
  if (existsSync(folder)) throw badInput(`${folder} already exists.`, "Enter a folder that doesn't exist yet.")
}

async function perform(engine: Engine, wanted: ModelExport, signal: AbortSignal, tell: (event: ExportEvent) => void): Promise<void> {
  const { model, form, precision, folder } = wanted
  const info = await engine.load(model.path)
  const before = info.hasTokenizer ? await probedTexts(engine, model.path) : null
  const template = form === 'adapter' ? null : await templateFor(engine, model.path, info)
  await write(
    engine,
    wanted,
    textsOf(wanted, info, template),
    signal,
    throttled((bytes, total) => tell({ kind: 'copying', bytes, total })),
  )
  tell({ kind: 'checking' })
  await engine.unload(model.path) // there may not be room for both
  const compared =
    before &&
    compareLogprobs({
      ...{ before, after: await probed(engine, folder, form), copy: folder },
      ...{ precision: form === 'adapter' ? 'adapter' : precision, products: (await engine.info()).precision },
    })
  const hasTemplate = form === 'adapter' ? null : template !== null
  tell({ kind: 'done', folder, files: readdirSync(folder).sort(), check: compared, hasTemplate, stops: info.stops })
}

async function probed(engine: Engine, folder: string, form: ExportForm): Promise<ProbedText[]> {
  const copy = form === 'gguf' ? `${folder}/${ggufName}` : folder
  try {
    return await probedTexts(engine, copy)
  } finally {
    await engine.unload(copy)
  }
}

/** As the engine names it. */
const ggufName = 'model.gguf'

function textsOf({ model, run, form, precision, laurel }: ModelExport, info: ModelInfo, template: string | null): Map<string, string> {
  const [temperature, topP] = run === null ? [0.7, 0.9] : [run.recipe.candidates.temperature, run.recipe.candidates.top_p]
  const written = precision === 'as-is' || form === 'adapter' ? model : { ...model, precision }
  const card = ['README.md', modelCard(cardOf(written, run, laurel), form)] as const
  if (form === 'adapter') return new Map([card])
  const from = form === 'gguf' ? `./${ggufName}` : '.'
  return new Map([['Modelfile', modelfile({ title: labelOf(model), from, template, stops: info.stops, temperature, topP })], card])
}

/** A folder whose precision stays is copied as it is, with all its files. */
async function write(
  engine: Engine,
  { model, form, precision, folder }: ModelExport,
  texts: ReadonlyMap<string, string>,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  if (form === 'hugging-face' && precision === 'as-is') {
    await exportFolder({ from: model.path, to: folder, texts, onProgress, signal })
    return
  }
  const order = { model: model.path, form, precision, title: labelOf(model), out: folder, texts: Object.fromEntries(texts) }
  for await (const { done, total } of engine.writeModel(order, { signal })) onProgress(done, total)
}

/** The chat template in Ollama's language; null if there is none, or none that says the same. */
async function templateFor(engine: Engine, model: string, { hasChatTemplate, opening }: ModelInfo): Promise<string | null> {
  if (!hasChatTemplate) return null
  const parts = await templateParts((messages, addGenerationPrompt) =>
    engine.render({ model, messages: [...messages], addGenerationPrompt }),
  ).catch((thrown: unknown) => {
    if (thrown instanceof LaurelError && thrown.code === 'BAD_INPUT') return null // a template that rejects a plain conversation
    throw thrown
  })
  const template = parts === null ? null : ollamaTemplate(parts, opening)
  return template !== null && canBeQuoted(template) ? template : null
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
