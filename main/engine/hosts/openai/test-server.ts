import type { EngineAbilities, EngineTest } from '../../../shared/engine-settings.ts'
import { isStopped, LaurelError } from '../../../shared/errors.ts'
import { hasThoughts, isThinking, isToken, type ServerAnswer, serverAnswer, textOfChoice, thoughtsIn } from './server-answer.ts'
import { type ServerAccess, type ServerClient, type ServerRequest, serverClient } from './server-client.ts'
import { AccessRefusal, ServerRefusal } from './server-refusal.ts'

/** A request must not take longer in a test, seconds; a server that is loading its model may take that long. */
const longestSeconds = 120

const user = (content: string) => ({ role: 'user', content })
const assistant = (content: string) => ({ role: 'assistant', content })
const question = [user('Is the sky blue? Answer with yes or no.')]

/** A chat request; `body` overrides. */
const chat = (body: Record<string, unknown>): ServerRequest => ({
  path: '/chat/completions',
  body: { messages: question, max_tokens: 1, temperature: 1, ...body },
})
const completion = (body: Record<string, unknown>): ServerRequest => ({
  path: '/completions',
  body: { prompt: 'The sky is', max_tokens: 4, temperature: 1, ...body },
})

/**
 * Finds out what a server has, by about fifteen short requests, and how fast it is. Only what it does counts: a server that accepts a
 * parameter and ignores it doesn't have it. Throws NETWORK if it can't be reached, and BAD_INPUT if it refuses the key or redirects.
 */
export async function testServer(access: ServerAccess, signal: AbortSignal): Promise<EngineTest> {
  const { settings } = access
  const hasty = { ...settings, retries: Math.min(settings.retries, 3), timeout: Math.min(settings.timeout, longestSeconds) }
  const client = serverClient({ ...access, settings: hasty, onUsage: undefined })
  const notes: string[] = []
  const listed = await client.models(signal)
  if (listed === null) notes.push('The server lists no models.')
  const models = listed ?? []
  if (models.length > 0 && !models.includes(settings.model)) {
    notes.push(`The server doesn't list the model ${settings.model}, but ${models.slice(0, 8).join(', ')}.`)
  }
  const probe = prober(client, notes, signal)
  const answer = await probe('messages', chat({ max_tokens: 32 }), mustAnswer) // time enough to say yes, or to begin to think
  if (answer === null) return { ...nothing, at: new Date().toISOString(), model: settings.model, models, notes }
  const speed = await speedOf(client, notes, signal)
  const thinks = hasThoughts(answer)
  if (thinks) notes.push(thinking(access.name))
  if (isThinking(textOfChoice(answer.choices[0]))) {
    notes.push('Its thoughts are in its answers: set the parser of the server (vLLM: --reasoning-parser), or have it not think.')
  }
  const usual = { temperature: 0.7, top_p: 0.9 }
  await probe(`sampling as most recipes do (temperature ${usual.temperature}, top_p ${usual.top_p})`, chat(usual))
  const abilities = { ...(await abilitiesOf(probe, notes)), thinks }
  return { at: new Date().toISOString(), model: answer.model || settings.model, ...speed, models, abilities, notes }
}

const thinking = (name: string): string =>
  'It thinks before it answers. Its thoughts count towards the limit of a response (max_new_tokens), and judges that read the probability of ' +
  `the first token can't use it. To have it think less, or not at all: laurel engine edit ${name} --extra '{"reasoning_effort":"low"}', or ` +
  `'{"chat_template_kwargs":{"enable_thinking":false}}' (vLLM, SGLang, llama.cpp), as the model knows it.`

const nothing = { latency_ms: null, tokens_per_second: null, abilities: null }

type Probe = (what: string, request: ServerRequest, mustThrow?: (error: LaurelError) => boolean) => Promise<ServerAnswer | null>

/** A server that fails at what is refused is one that can't do it; one that fails at everything can't be tested. */
const mustAnswer = ({ code }: LaurelError): boolean => code === 'NETWORK'

/** Asks for something that a server may not have; null: it refuses, with a note that says why. */
const prober =
  (client: ServerClient, notes: string[], signal: AbortSignal): Probe =>
  async (what, request, mustThrow = () => false) => {
    try {
      return await client.ask(request, serverAnswer, signal)
    } catch (error) {
      if (error instanceof ServerRefusal && error.isOfThoughts()) return { choices: [{ finish_reason: 'length' }] }
      if (isStopped(error) || !(error instanceof LaurelError) || error instanceof AccessRefusal || mustThrow(error)) throw error
      const note = `Without ${what}: ${error.message}`
      if (!notes.includes(note)) notes.push(note)
      return null
    }
  }

async function abilitiesOf(probe: Probe, notes: string[]): Promise<Omit<EngineAbilities, 'thinks'>> {
  const logprobs = await logprobsOf(probe, notes)
  const continued = await probe('plain text', completion({}))
  const several = await probe('several responses', chat({ n: 2, max_tokens: 4 }))
  return {
    chat: true,
    completions: continued !== null && (continued.choices[0].text ?? '') !== '',
    logprobs,
    prompt_logprobs: await promptLogprobsOf(probe),
    continues: await isContinuing(probe),
    several: several !== null && several.choices.length === 2,
    seed: await isSeeded(probe),
    guided_choice: await isGuided(probe),
  }
}

/** How many first tokens it gives log-probabilities of, if the answer is among them. Servers that allow fewer than twenty refuse more. */
async function logprobsOf(probe: Probe, notes: string[]): Promise<number> {
  for (const top_logprobs of [20, 5]) {
    const answer = await probe('log-probabilities', chat({ logprobs: true, top_logprobs }))
    const found = answer?.choices[0].logprobs?.content?.[0]?.top_logprobs ?? []
    if (found.some(({ token }) => /^\s*(?:yes|no)\s*$/i.test(token))) return found.length
    if (found.length > 0) {
      const tokens = found.slice(0, 5).map(({ token }) => JSON.stringify(token))
      notes.push(`Asked for yes or no, its first token is neither: ${tokens.join(', ')} are the likeliest.`)
      return 0
    }
  }
  return 0
}

async function promptLogprobsOf(probe: Probe): Promise<EngineAbilities['prompt_logprobs']> {
  const chatted = await probe('log-probabilities of messages', chat({ prompt_logprobs: 0 }))
  if ((chatted?.prompt_logprobs?.length ?? 0) > 1) return 'chat'
  const echoed = await probe('log-probabilities of an echoed text', completion({ echo: true, logprobs: 1, max_tokens: 1 }))
  return (echoed?.choices[0].logprobs?.token_logprobs?.length ?? 0) > 2 ? 'echo' : null
}

/**
 * Whether it continues the last message. One that starts another message instead first ends the given one, which takes tokens: the prompt
 * then has more tokens than the question and the given words. Told from the number of tokens, so that it doesn't depend on what the model
 * makes of it.
 */
async function isContinuing(probe: Probe): Promise<boolean> {
  const words = 'one two three four'
  const sizeOf = async (given: string | null): Promise<number | null> => {
    const continuing = { continue_final_message: true, add_generation_prompt: false }
    const body = given === null ? {} : { messages: [...question, assistant(given)], ...continuing }
    const answer = await probe('continuing a response', chat(body))
    return answer?.usage?.prompt_tokens ?? null
  }
  const [before, once, twice] = [await sizeOf(null), await sizeOf(words), await sizeOf(`${words} ${words}`)]
  if (before === null || once === null || twice === null || twice <= once) return false
  return once - before <= twice - once
}

/** The same seed gives the same text, and another one doesn't. */
async function isSeeded(probe: Probe): Promise<boolean> {
  const body = { messages: [user('Tell me a story about a place that no one has seen.')], max_tokens: 24, temperature: 1.2 }
  const texts: (string | null)[] = []
  for (const seed of [7, 7, 8]) texts.push(textOf(await probe('seeds', chat({ ...body, seed }))))
  return texts[0] !== null && texts[0] === texts[1] && texts[0] !== texts[2]
}

async function isGuided(probe: Probe): Promise<boolean> {
  const choices = ['zebra', 'quartz']
  const answer = await probe('guided choice', chat({ max_tokens: 8, structured_outputs: { choice: choices }, guided_choice: choices }))
  return choices.includes((textOf(answer) ?? '').trim())
}

/** With its thoughts: a seed holds for these, too. */
const textOf = (answer: ServerAnswer | null): string | null => {
  const choice = answer?.choices[0]
  return choice === undefined ? null : textOfChoice(choice) || thoughtsIn(choice.message) || null
}

/** Of a streamed response: the time until it starts, and its tokens per second after that. */
async function speedOf(
  client: ServerClient,
  notes: string[],
  signal: AbortSignal,
): Promise<Pick<EngineTest, 'latency_ms' | 'tokens_per_second'>> {
  try {
    let begin = performance.now()
    let times: number[] = []
    const request = chat({ messages: [user('Count from one to fifty in words.')], max_tokens: 48, temperature: 0 })
    for await (const piece of client.stream(request, signal)) {
      if (piece === null) [begin, times] = [performance.now(), []]
      else if (isToken(piece)) times.push(performance.now() - begin)
    }
    const [first, last] = [times.at(0), times.at(-1)]
    if (first === undefined || last === undefined) return { latency_ms: null, tokens_per_second: null }
    return { latency_ms: first, tokens_per_second: times.length > 1 && last > first ? (1000 * (times.length - 1)) / (last - first) : null }
  } catch (error) {
    if (isStopped(error) || !(error instanceof LaurelError)) throw error
    notes.push(`Couldn't measure its speed: ${error.message}`)
    return { latency_ms: null, tokens_per_second: null }
  }
}
