import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { headerWord } from '../../common/secret.ts'
import { badInput } from '../../shared/errors.ts'

/** How the Hugging Face Hub is reached, by the variables that its own tools read. */
export interface HubSettings {
  /** `HF_ENDPOINT`: the Hub, or a mirror of it. */
  readonly endpoint: string
  /** `HF_TOKEN`, or what `hf auth login` has stored; null: none, which suffices for public models. */
  readonly token: string | null
  /** `HF_HUB_OFFLINE`: nothing may be fetched. */
  readonly isOffline: boolean
}

export function hubSettings(env: NodeJS.ProcessEnv = process.env): HubSettings {
  const endpoint = (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '')
  if (!isPlainAddress(endpoint)) {
    const remedy = 'Set it to an address that starts with https://, without a user and a password, or remove it.'
    throw badInput("HF_ENDPOINT isn't the address of a Hub.", remedy) // never its text
  }
  const token = tokenIn(env.HF_TOKEN, 'HF_TOKEN') ?? storedToken(env)
  return { endpoint, token, isOffline: /^(1|true|yes|on)$/i.test(env.HF_HUB_OFFLINE ?? '') }
}

/** `fetch` refuses addresses with a user or a password, and quotes them. */
function isPlainAddress(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username === '' && password === ''
}

function storedToken(env: NodeJS.ProcessEnv): string | null {
  const folder = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface')
  const path = env.HF_TOKEN_PATH || join(folder, 'token')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return null
  }
  return tokenIn(text, path)
}

/** null: there is none. Throws BAD_INPUT if it can't be one, never with its text. */
function tokenIn(text: string | undefined, place: string): string | null {
  const token = text?.trim() || null
  if (token === null || headerWord.test(token)) return token
  throw badInput(`${place} must hold a token: a single word of printable characters.`, 'Set the token again, or remove it.')
}

/** A model on the Hub: `OWNER/NAME`, at a branch, tag, or commit. */
export interface HubName {
  readonly repository: string
  readonly revision: string
}

const part = '[\\w.-]+'
const written = new RegExp(`^(?:https?://[^/]+/|hf\\.co/)?(${part}/${part})(?:/(?:tree|resolve|blob)/([^/?#]+)[^@]*|@([^@]+))?/?$`)

/** Reads `OWNER/NAME`, `OWNER/NAME@REVISION`, or the address of a model's page. */
export function parseHubName(text: string): HubName {
  const [, repository, inAddress, given] = written.exec(text.trim()) ?? []
  if (repository === undefined || repository.split('/').some((name) => /^\.+$/.test(name))) {
    throw badInput(
      `"${text.trim()}" isn't the name of a model on Hugging Face.`,
      'Write OWNER/NAME, such as HuggingFaceTB/SmolLM2-135M-Instruct.',
    )
  }
  return { repository, revision: given ?? inAddress ?? 'main' }
}
