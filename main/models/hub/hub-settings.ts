import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
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
  if (!/^https?:\/\//.test(endpoint))
    throw badInput(`HF_ENDPOINT is "${endpoint}".`, 'Set it to an address that starts with https://, or remove it.')
  return { endpoint, token: env.HF_TOKEN?.trim() || storedToken(env), isOffline: /^(1|true|yes|on)$/i.test(env.HF_HUB_OFFLINE ?? '') }
}

function storedToken(env: NodeJS.ProcessEnv): string | null {
  const folder = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface')
  try {
    return readFileSync(env.HF_TOKEN_PATH || join(folder, 'token'), 'utf8').trim() || null
  } catch {
    return null
  }
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
