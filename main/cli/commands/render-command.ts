import type { Command } from 'commander'
import { z } from 'zod'
import { describeIssues } from '../../common/describe-issues.ts'
import { readJsonLines } from '../../common/jsonl.ts'
import type { Engine } from '../../engine/hosts/engine.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { templateMessage } from '../../shared/render-params.ts'
import { atLine, readJsonInput } from '../input-rows.ts'
import { addEngineOptions, type EngineOptions, withEngine } from '../options.ts'

interface RenderOptions extends EngineOptions {
  readonly model: string
  readonly input: string
  readonly addGenerationPrompt?: boolean
}

const messages = z.array(templateMessage).min(1)

/** A conversation: its messages alone, or with further variables of the template (`tools`, `enable_thinking`). */
const conversation = z
  .union([messages.transform((list) => ({ messages: list })), z.looseObject({ messages, add_generation_prompt: z.boolean().optional() })], {
    error: 'expected a list of messages, or an object with "messages"',
  })
  .transform(({ messages: list, ...more }) => {
    const { add_generation_prompt: isOpened, ...variables } = more as { add_generation_prompt?: boolean }
    return { messages: list, isOpened, variables: variables as Record<string, unknown> }
  })
type Conversation = z.infer<typeof conversation>

const remedy = 'Write [{"role": role, "content": text}, ...] or {"messages": [...], "add_generation_prompt": true}.'

export function registerRender(program: Command): void {
  const command = program
    .command('render')
    .description("format a conversation with a model's chat template and print its text and token ids")
    .requiredOption('--model <path>', 'a Hugging Face folder or a GGUF file')
    .requiredOption('--input <file>', 'JSON: a list of messages or {messages, add_generation_prompt}; in a .jsonl file, one per line')
    .option('--add-generation-prompt', 'start the next assistant message, unless the input sets this itself')
  addEngineOptions(command).action(render)
}

async function render({ model, input, addGenerationPrompt = false, ...options }: RenderOptions): Promise<void> {
  const isLines = /\.(jsonl|ndjson)$/i.test(input)
  const rows = isLines ? linesOf(input) : [{ line: 0, value: readJsonInput(input, conversation, remedy) }]
  await withEngine(options, async ({ engine }) => {
    for (const [row, { value }] of rows.entries()) {
      const rendered = await renderOne(engine, model, value, addGenerationPrompt).catch((thrown: unknown) => {
        throw isLines ? atLine(inRow(thrown, row), input, rows) : inFile(thrown, input)
      })
      process.stdout.write(`${JSON.stringify(rendered)}\n`)
    }
  })
}

function linesOf(input: string): { line: number; value: Conversation }[] {
  const lines = readJsonLines(input)
  if (lines.length === 0) throw badInput(`${input}: has no rows`, remedy)
  return lines.map(({ line, value }) => {
    const parsed = conversation.safeParse(value)
    if (!parsed.success) throw badInput(`${input}:${line}: ${describeIssues(parsed.error)}`, remedy)
    return { line, value: parsed.data }
  })
}

async function renderOne(
  engine: Engine,
  model: string,
  { messages: list, isOpened, variables }: Conversation,
  addGenerationPrompt: boolean,
): Promise<{ text: string; ids: number[] }> {
  const text = await engine.render({ model, messages: list, addGenerationPrompt: isOpened ?? addGenerationPrompt, variables })
  const [ids] = await engine.tokenize({ model, texts: [text], special: true })
  return { text, ids }
}

/** Whether an error is about the conversation and not about the model's files. */
const isOfConversation = (thrown: unknown): thrown is LaurelError => thrown instanceof LaurelError && thrown.row !== undefined

const inRow = (thrown: unknown, row: number): unknown =>
  isOfConversation(thrown) ? new LaurelError(thrown.code, thrown.message, thrown.remedy, { cause: thrown, row }) : thrown

const inFile = (thrown: unknown, input: string): unknown =>
  isOfConversation(thrown) ? new LaurelError(thrown.code, `${input}: ${thrown.message}`, thrown.remedy, { cause: thrown }) : thrown
