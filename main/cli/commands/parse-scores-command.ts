import type { Command } from 'commander'
import { z } from 'zod'
import { writeJsonLines } from '../../common/jsonl.ts'
import { parseScore } from '../../evaluation/parse-score.ts'
import { readRows } from '../input-rows.ts'

const row = z.object({ response: z.string() })

export function registerParseScores(program: Command): void {
  program
    .command('parse-scores')
    .description('extract the score (0 to 5) from judgements; null if there is none')
    .requiredOption('--input <file>', 'JSON Lines: {response}')
    .requiredOption('--output <file>', 'JSON Lines: {score}')
    .action(parseScores)
}

function parseScores({ input, output }: { input: string; output: string }): void {
  const rows = readRows(input, row, 'Each line needs {"response": text}.')
  writeJsonLines(
    output,
    rows.map(({ value }) => ({ score: parseScore(value.response) })),
  )
}
