import type { Command } from 'commander'
import { z } from 'zod'
import { writeJsonLines } from '../../common/jsonl.ts'
import { readRows } from '../input-rows.ts'
import { addEngineOptions, type EngineOptions, withEngine } from '../options.ts'

interface TokenizeOptions extends EngineOptions {
  readonly model: string
  readonly input: string
  readonly output: string
  readonly special?: boolean
}

const row = z.object({ text: z.string() })

export function registerTokenize(program: Command): void {
  const command = program
    .command('tokenize')
    .description("convert texts to a model's token ids")
    .requiredOption('--model <path>', 'a Hugging Face folder or a GGUF file')
    .requiredOption('--input <file>', 'JSON Lines: {text}')
    .requiredOption('--output <file>', 'JSON Lines: {text, input_ids}; no beginning-of-text token is added')
    .option('--special', 'parse special tokens in the text, such as <|im_end|>, as single tokens')
  addEngineOptions(command).action(tokenize)
}

async function tokenize({ model, input, output, special = false, ...options }: TokenizeOptions): Promise<void> {
  const rows = readRows(input, row, 'Each line needs {"text": text}.')
  await withEngine(options, async ({ engine }) => {
    const ids = await engine.tokenize({ model, special, texts: rows.map(({ value }) => value.text) })
    writeJsonLines(
      output,
      rows.map(({ own }, i) => ({ ...own, input_ids: ids[i] })),
    )
  })
}
