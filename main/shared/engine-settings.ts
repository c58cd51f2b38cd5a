import { z } from 'zod'
import { clusterFacts } from './cluster-facts.ts'
import { extraFields } from './extra-fields.ts'
import { limits } from './limits.ts'
import { oneLine } from './one-line.ts'

/**
 * Engines that a user has configured: where models are computed besides this machine. A recipe names one for each role; which address it has
 * is known only on the machine that configured it, so recipes stay portable.
 */

/**
 * What an engine can be asked to do for a run.
 *
 * - `prompts`: write new prompts.
 * - `answers`: everything else that the run's own models write: candidates, answers in evaluations, EFT examples.
 * - `judge`: judge the candidates.
 * - `train`: train the models.
 * - `evaluate`: judge the models' answers when two models are compared.
 */
export const engineRoles = ['prompts', 'answers', 'judge', 'train', 'evaluate'] as const
export const engineRole = z.enum(engineRoles)
export type EngineRole = z.infer<typeof engineRole>

/** The name of this machine among the engines. */
export const thisMachine = 'local'

/** The name of an engine, as recipes and commands write it. */
export const engineName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, 'must be letters, digits, dots, dashes, or underscores')

/** The engine of each role, by name. */
export const roleEngines = z.strictObject({
  prompts: engineName.default(thisMachine),
  answers: engineName.default(thisMachine),
  judge: engineName.default(thisMachine),
  train: engineName.default(thisMachine),
  evaluate: engineName.default(thisMachine),
})
export type RoleEngines = z.infer<typeof roleEngines>

/** The engines besides this machine. */
export const otherEngines = (engines: RoleEngines): string[] => [...new Set(Object.values(engines))].filter((name) => name !== thisMachine)

/** An http address without a user, a password, or parameters: these would be secrets in a place that is shown. */
const plainAddress = z
  .url({ protocol: /^https?$/, error: 'must be an address that starts with https:// or http://', abort: true }) // what follows needs a valid URL
  .refine((address) => {
    const { username, password, search, hash } = new URL(address)
    return username === '' && password === '' && search === '' && hash === ''
  }, 'must not contain a user, a password, or parameters: set a key instead')

const singleLine = z.string().transform(oneLine).pipe(z.string().min(1))

/** A folder or a URL without a secret: it is shown, is an argument of a process, and is in Ray's dashboard. A user is none, and for Azure it is the container. */
const storagePlace = singleLine.refine(
  (place) => !/:\/\/.*(?::.*@|[?#])/.test(place),
  "must not contain a password or parameters: set them on the cluster's nodes",
)

/** The environment variable that holds the key; null: the key is stored, or none is needed. */
const keyVariable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
  .nullable()
  .default(null)

/** What a million tokens cost, for the sum that a run shows. */
const tokenPrices = z.strictObject({
  input: z.number().min(0).max(limits.factor),
  output: z.number().min(0).max(limits.factor),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be a currency code, such as USD')
    .default('USD'),
})
export type TokenPrices = z.infer<typeof tokenPrices>

/** The longest time limit of a request, seconds: Node gives up after that itself. */
export const longestTimeout = 300

/** Any server with OpenAI's API: OpenAI, vLLM, SGLang, llama.cpp, Ollama, `transformers serve`. It answers with the model named here. */
export const openaiSettings = z.strictObject({
  kind: z.literal('openai'),
  address: plainAddress, // with /v1
  model: singleLine,
  /** Requests in flight. */
  concurrency: z.int().min(1).max(1024).default(8),
  /** Seconds that a single request may take; a streamed answer, until it begins and from each piece to the next. */
  timeout: z.int().min(1).max(longestTimeout).default(longestTimeout),
  /** How often a request that failed for a passing reason is sent again. */
  retries: z.int().min(0).max(100).default(8),
  key_variable: keyVariable,
  prices: tokenPrices.nullable().default(null),
  /** Further fields of every request. */
  extra: extraFields.default({}),
})
export type OpenaiSettings = z.infer<typeof openaiSettings>

/** A Ray cluster. Models and rows travel through the storage, which the cluster and this machine both reach. */
export const raySettings = z.strictObject({
  kind: z.literal('ray'),
  address: plainAddress, // of the dashboard, which has the Jobs API
  /** A folder, or a URL that fsspec reads (s3://, gs://). */
  storage: storagePlace,
  /** The storage as this machine sees it, where that differs: the folder of a mount. */
  folder: storagePlace.nullable().default(null),
  key_variable: keyVariable,
})
export type RaySettings = z.infer<typeof raySettings>

export const engineSettings = z.discriminatedUnion('kind', [openaiSettings, raySettings])
export type EngineSettings = z.infer<typeof engineSettings>
export type EngineKind = EngineSettings['kind'] | typeof thisMachine

/** Where an engine is and what it gets beside the work, on which its answers depend. */
const placeOf = (settings: EngineSettings): unknown[] =>
  settings.kind === 'openai'
    ? [settings.kind, settings.address, settings.model, settings.extra]
    : [settings.kind, settings.address, settings.storage, settings.folder]

/** Whether both are of the same server and model, asked in the same way: a test of one holds for the other. */
export const isSamePlace = (a: EngineSettings, b: EngineSettings): boolean => JSON.stringify(placeOf(a)) === JSON.stringify(placeOf(b))

/** What a server was found to have. */
export const engineAbilities = z.object({
  /** It answers messages. */
  chat: z.boolean(),
  /** It continues plain text. */
  completions: z.boolean(),
  /** The log-probabilities of the tokens that are most likely to come first in a response, and how many of them. */
  logprobs: z.int().min(0),
  /** The log-probabilities of the tokens of a response that is given: by vLLM's parameter, or by echoing the text. */
  prompt_logprobs: z.enum(['chat', 'echo']).nullable(),
  /** It thinks before it answers, so that the first token of a response isn't the answer's. */
  thinks: z.boolean().default(false),
  /** It continues a response that is given in part, instead of starting another one. */
  continues: z.boolean(),
  /** Several responses in one request (n > 1). */
  several: z.boolean(),
  /** The same seed gives the same text. */
  seed: z.boolean(),
  /** Keeps a response to given choices. */
  guided_choice: z.boolean(),
})
export type EngineAbilities = z.infer<typeof engineAbilities>

/** The result of a test. */
export const engineTest = z.object({
  at: z.string(),
  /** The server's name for its model. */
  model: z.string(),
  /** Until the first token of a short request arrives, in milliseconds. */
  latency_ms: z.number().nullable(),
  /** Of a single sequence. */
  tokens_per_second: z.number().nullable(),
  /** The models that the server lists. */
  models: z.array(z.string()),
  abilities: engineAbilities.nullable(), // null: it isn't a server of this kind
  /** Of a Ray cluster. */
  cluster: clusterFacts.optional(),
  /** What was found wanting, a sentence each. */
  notes: z.array(z.string()),
})
export type EngineTest = z.infer<typeof engineTest>

/** A configured engine, with what is known of it. Keys are kept elsewhere. */
export const configuredEngine = z.object({
  name: engineName,
  settings: engineSettings,
  addedAt: z.string(),
  test: engineTest.nullable(),
})
export type ConfiguredEngine = z.infer<typeof configuredEngine>

const ownModel = 'engine:'

/** How the window names a server's own model, where it could also name a model of the library by its id. */
export const ownModelId = (engine: string): string => `${ownModel}${engine}`

/** The engine that an id names, if it is that of a server's own model. */
export const engineOfModel = (id: string): string | null => (id.startsWith(ownModel) ? id.slice(ownModel.length) : null)
