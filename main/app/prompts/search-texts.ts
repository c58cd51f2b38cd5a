import type { FoundText, SearchRequest } from '../../shared/contract/prompts-contract.ts'
import { matchOf, wordsIn } from '../../shared/search-words.ts'
import type { SearchHit } from '../../store/queries/response-search.ts'
import type { Store } from '../../store/store.ts'

/** Characters shown of a text. */
const shown = 320

/** Prompts and responses of all runs, evaluations, and the arena that contain all words. */
export function searchTexts(store: Store, { text, runId, ...slice }: SearchRequest): { total: number; rows: FoundText[] } {
  const match = matchOf(text)
  if (match === null) return { total: 0, rows: [] }
  const run = runId === null ? null : store.runs.resolve(runId).id
  const words = wordsIn(text)
  const { total, hits } = store.search.find(match, run, slice)
  return { total, rows: hits.map((hit) => shownHit(hit, words)) }
}

function shownHit({ kind, id, runId, runName, iteration, model, prompt, response }: SearchHit, words: readonly string[]): FoundText {
  const address = { prompt: 'prompt', candidate: 'prompt', answer: 'unit', arena: 'round' }[kind]
  return {
    ...{ kind, iteration, model, address: `${address}:${id}` },
    run: runId === null ? null : { id: runId, name: runName ?? runId },
    prompt: excerptAround(prompt, kind === 'prompt' ? words : []),
    response: excerptAround(response, words),
  }
}

/** The part of a text around the first of these words. */
function excerptAround(text: string, words: readonly string[]): string {
  if (text.length <= shown) return text
  const lower = text.toLowerCase()
  const places = words.map((word) => lower.indexOf(word)).filter((at) => at >= 0)
  const start = Math.max(0, Math.min(...places, text.length) - shown / 4)
  const from = places.length === 0 ? 0 : start
  return `${from > 0 ? '…' : ''}${text.slice(from, from + shown).trim()}${from + shown < text.length ? '…' : ''}`
}
