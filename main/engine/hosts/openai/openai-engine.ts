import type { EngineTest, OpenaiSettings } from '../../../shared/engine-settings.ts'
import { badInput } from '../../../shared/errors.ts'
import type { Engine } from '../engine.ts'
import type { ServerAnswer } from './server-answer.ts'
import { type ServerAccess, serverClient } from './server-client.ts'
import { generateOnServer, type Server } from './server-generate.ts'
import { unsupported } from './server-request.ts'
import { scoreOnServer } from './server-score.ts'

/**
 * An engine on a server with OpenAI's API. Whatever model a request names, the server's own answers; the server renders the chat template and
 * splits text into tokens. What needs the run's own models is refused.
 */
export function openaiEngine(access: ServerAccess, test: EngineTest | null): Engine {
  const { name, settings } = access
  const server: Server = {
    name,
    client: serverClient(access),
    has: test?.abilities ?? null,
    concurrency: settings.concurrency,
    checkModel: modelCheck(name, settings, test),
  }
  const ended = new AbortController()
  const withEnd = (signal: AbortSignal | undefined): AbortSignal =>
    signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal])
  const refuse = (what: string) => async (): Promise<never> => {
    throw unsupported(name, what)
  }
  return {
    host: { name, model: settings.model },
    generate: (params, options = {}) => generateOnServer(server, params, { ...options, signal: withEnd(options.signal) }),
    score: (params, options = {}) => scoreOnServer(server, params, { ...options, signal: withEnd(options.signal) }),
    train() {
      throw unsupported(name, 'a training')
    },
    writeModel() {
      throw unsupported(name, 'a model to export')
    },
    info: refuse('a question about its hardware'),
    usage: refuse('a question about its memory'),
    measure: refuse('a measurement of its processor'),
    load: refuse('a model of the run'),
    unload: refuse('a model of the run'),
    describe: refuse('a question about a model of the run'),
    lengths: refuse('training rows'),
    rowTokens: refuse('training rows'),
    tokenize: refuse('text to split into tokens'),
    render: refuse('a chat template, which it applies itself'),
    close: async () => ended.abort(),
  }
}

/**
 * Whether answers are of the model that was tested (untested: of the one that answered first). A judge that changes in the middle of a run
 * would make rewards that can't be compared.
 */
function modelCheck(name: string, { model }: OpenaiSettings, test: EngineTest | null): (answer: ServerAnswer) => void {
  let expected = test?.model
  return ({ model: given }) => {
    if (given == null || given === '' || given === model) return
    expected ??= given
    if (given === expected) return
    throw badInput(
      `Engine ${name} answers with the model ${given}, but it was ${expected} before.`,
      `Check the server; if the model is meant to change: laurel engine test ${name}.`,
    )
  }
}
