import { z } from 'zod'
import { bytesText } from '../../common/numbers.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { oneLine } from '../../shared/one-line.ts'
import { type HubAccess, type HubAnswer, hubGet, persist, retrying } from './hub-request.ts'
import type { HubName } from './hub-settings.ts'

/** A file of a model on the Hub. */
export interface HubFile {
  readonly path: string
  readonly bytes: number
  /** SHA-256 of a large file's content; null: a small file, which has `gitSha1`. */
  readonly sha256: string | null
  /** SHA-1 of a small file as a Git blob. */
  readonly gitSha1: string | null
}

/** A model on the Hub at one commit. */
export interface HubModel {
  readonly repository: string
  readonly commit: string
  /** As the model's card names it ("apache-2.0"); null: it names none. */
  readonly license: string | null
  readonly files: readonly HubFile[]
}

const hash = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`))

const answered = z.object({
  sha: hash(40),
  cardData: z.object({ license: z.union([z.string(), z.array(z.string())]).nullish(), license_name: z.string().nullish() }).nullish(),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.number().int().min(0),
      blobId: z.string().nullish(),
      lfs: z.object({ sha256: hash(64), size: z.number().int().min(0) }).nullish(),
    }),
  ),
})

/** Looks a model up. Throws NOT_FOUND, BAD_INPUT (private or gated), NETWORK, STOPPED. */
export async function lookUp({ repository, revision }: HubName, access: HubAccess): Promise<HubModel> {
  const address = `${access.endpoint}/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`
  const content = await persist(async () => wholeText(await hubGet(address, access)), access, retrying.lookUp)
  const data = listingIn(content)
  if (data === undefined)
    throw new LaurelError('NETWORK', `${new URL(address).host} answers, but not as the Hugging Face Hub does.`, 'Check HF_ENDPOINT.')
  const { license, license_name } = data.cardData ?? {}
  const named = license === 'other' ? (license_name ?? license) : Array.isArray(license) ? license.join(', ') : license
  return {
    repository,
    commit: data.sha,
    license: named === null || named === undefined ? null : oneLine(named),
    files: data.siblings.map(({ rfilename, size, blobId, lfs }) => ({
      path: rfilename,
      bytes: lfs?.size ?? size,
      sha256: lfs?.sha256 ?? null,
      gitSha1: lfs == null && blobId != null && /^[0-9a-f]{40}$/.test(blobId) ? blobId : null,
    })),
  }
}

async function wholeText({ pieces }: HubAnswer): Promise<string> {
  const read: Uint8Array[] = []
  for await (const piece of pieces('the answer')) read.push(piece)
  return Buffer.concat(read).toString('utf8')
}

/** undefined: it is something else, such as the page of a network that wants a login first. */
function listingIn(text: string): z.output<typeof answered> | undefined {
  try {
    return answered.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** What belongs to a model beside its weights. */
const companions =
  /^(?:config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|chat_template)\.json$|^(?:merges\.txt|tokenizer\.model|chat_template\.jinja|README\.md|LICEN[CS]E.*)$/

/** A repository's GGUF files, each a model. */
export const ggufsOf = ({ files }: HubModel): readonly HubFile[] =>
  files.filter(({ path }) => path.toLowerCase().endsWith('.gguf') && isPlain(path))

/**
 * The files that Laurel needs: a Hugging Face folder's, or one GGUF file. `wanted` is the name of a GGUF file. Throws BAD_INPUT if there is a
 * choice to make, UNSUPPORTED if there is no such model in the repository.
 */
export function filesToGet(model: HubModel, wanted?: string): readonly HubFile[] {
  const { repository, files } = model
  const atRoot = files.filter(({ path }) => !path.includes('/') && !path.includes('\\'))
  const ggufs = ggufsOf(model)
  if (wanted !== undefined) {
    const file = ggufs.find(({ path }) => path === wanted)
    if (file === undefined) throw badInput(`${repository} has no GGUF file ${oneLine(wanted)}.`, choiceOf(ggufs))
    return [file]
  }
  const weights = weightsIn(atRoot)
  if (weights.length > 0) return [...atRoot.filter(({ path }) => companions.test(path)), ...weights]
  if (ggufs.length === 1) return ggufs
  if (ggufs.length > 1) throw badInput(`${repository} has ${ggufs.length} GGUF files.`, choiceOf(ggufs))
  throw new LaurelError(
    'UNSUPPORTED',
    `${repository} has neither safetensors nor GGUF weights.`,
    'Choose a repository that has, often by the same owner.',
  )
}

/** One file, or an index and its shards; repositories may also hold the weights in other forms (consolidated, adapters). */
function weightsIn(files: readonly HubFile[]): readonly HubFile[] {
  const single = files.find(({ path }) => path === 'model.safetensors')
  if (single !== undefined) return [single]
  const shards = files.filter(({ path }) => /^model-\d+-of-\d+\.safetensors$/.test(path))
  return shards.length === 0 ? [] : [...files.filter(({ path }) => path === 'model.safetensors.index.json'), ...shards]
}

/** The name comes from a server, and becomes a path here. */
const isPlain = (path: string): boolean => !path.includes('\\') && path.split('/').every((name) => name !== '' && !/^\.+$/.test(name))

const choiceOf = (ggufs: readonly HubFile[]): string =>
  ggufs.length === 0
    ? 'It has none at all.'
    : `Choose one with --file: ${ggufs.map(({ path, bytes }) => `${oneLine(path)} (${bytesText(bytes)})`).join(', ')}.`
