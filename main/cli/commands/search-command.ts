import type { Command } from 'commander'
import { searchTexts } from '../../app/prompts/search-texts.ts'
import { homeFolder, homePaths } from '../../common/home.ts'
import { keepPrivate } from '../../common/private-files.ts'
import type { FoundText } from '../../shared/contract/prompts-contract.ts'
import { oneLine } from '../../shared/one-line.ts'
import { openStore } from '../../store/store.ts'
import { integer } from '../options.ts'

/** `laurel search`. */
export function registerSearch(program: Command): void {
  program
    .command('search <words...>')
    .description('find prompts and responses of all runs, evaluations, and the arena that contain all words; word* finds a beginning')
    .option('--run <id>', 'only texts of this run')
    .option('--limit <n>', 'texts to print at most', integer(1, 1000), 20)
    .option('--json', 'as JSON')
    .action(search)
}

function search(words: readonly string[], { run, limit, json }: { run?: string; limit: number; json?: boolean }): void {
  const home = homeFolder()
  keepPrivate(home)
  const store = openStore(homePaths(home).database)
  try {
    const found = searchTexts(store, { text: words.join(' '), runId: run ?? null, offset: 0, limit })
    process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : found.rows.map(lines).join('\n'))
    if (!json) process.stderr.write(`${found.rows.length} of ${found.total}\n`)
  } finally {
    store.close()
  }
}

const lines = ({ kind, run, iteration, model, prompt, response }: FoundText): string =>
  [
    `${[kind, model, run === null ? null : `${run.id} ${run.name}`, iteration === null ? null : `iteration ${iteration}`].filter(Boolean).join(', ')}`,
    `  ${oneLine(prompt)}`,
    ...(response === '' ? [] : [`  > ${oneLine(response)}`]),
    '',
  ].join('\n')
