import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type FileEvaluationKind, fileEvaluationDefaults, fileEvaluationOf } from '../../app/evaluations/new-evaluation.ts'
import { numberText, percentText } from '../../common/numbers.ts'
import { checkReplaceable, replaceFile } from '../../common/replace-file.ts'
import type { Figures } from '../../shared/evaluation-settings.ts'
import { limits } from '../../shared/limits.ts'
import { addEngineOptions, type EngineOptions, integer } from '../options.ts'
import { evaluateStored, modelAt } from '../stored-evaluation.ts'

interface FileOptions extends EngineOptions {
  readonly model: string
  readonly input: string
  readonly output?: string
  readonly limit: number
}

const defaults = fileEvaluationDefaults

/** Measurements of a model on a file: `laurel evaluate multiple-choice | perplexity | ifeval`. */
export function registerFileEvaluations(evaluate: Command): void {
  const add = (name: FileEvaluationKind, description: string, input: string): Command =>
    addEngineOptions(
      evaluate
        .command(name)
        .description(description)
        .requiredOption('--model <path>', 'a Hugging Face folder or a GGUF file')
        .requiredOption('--input <file>', input)
        .option('--output <file>', 'JSON: figures')
        .option('--limit <n>', 'use only the first n rows', integer(1), limits.rows),
    )
  add(
    'multiple-choice',
    "accuracy on multiple-choice questions by the choices' log-probability, summed and per byte, beside chance",
    'JSON Lines: {question, choices, answer}; the answer is an index from 0, a letter from A, or a choice',
  )
    .option('--template <text>', 'what precedes a choice', (text) => text.replaceAll('\\n', '\n'), defaults['multiple-choice'].template)
    .action(({ template, ...options }: FileOptions & { template: string }) => measure('multiple-choice', options, { template }, choiceText))
  add('perplexity', 'perplexity of texts of any length, per token and per byte', 'a text file, or JSON Lines: {text}')
    .option('--context <n>', "tokens of a window, at most the model's context", integer(2, limits.tokens), defaults.perplexity.context)
    .option('--stride <n>', "tokens from one window's start to the next one's", integer(1, limits.tokens), defaults.perplexity.stride)
    .action(({ context, stride, ...options }: FileOptions & { context: number; stride: number }) =>
      measure('perplexity', options, { context, stride }, perplexityText),
    )
  add(
    'ifeval',
    'strict and loose accuracy at following instructions that programs check, as in IFEval',
    'JSON Lines: {prompt, instruction_id_list, kwargs}, or {prompt, requirements}',
  )
    .option('--max-new-tokens <n>', 'tokens of an answer', integer(1, limits.tokens), defaults.ifeval.maxNewTokens)
    .action(({ maxNewTokens, ...options }: FileOptions & { maxNewTokens: number }) =>
      measure('ifeval', options, { maxNewTokens }, ifevalText),
    )
}

async function measure(
  kind: FileEvaluationKind,
  { model, input, output, limit, ...options }: FileOptions,
  settings: object,
  textOf: (figures: Figures) => string,
): Promise<void> {
  if (output !== undefined) checkReplaceable(output)
  const wanted = fileEvaluationOf({ kind, model: modelAt(model, '--model'), path: resolve(input), count: limit }, settings)
  const figures = await evaluateStored(wanted, options, (evaluation) => evaluation.figures)
  if (output !== undefined) replaceFile(output, `${JSON.stringify(figures, null, 2)}\n`)
  process.stdout.write(textOf(figures))
}

const spread = (figures: Figures, name: string): string =>
  `${percentText(figures[name])} (95%: ${percentText(figures[`${name}_low`])} to ${percentText(figures[`${name}_high`])})`

const leftOutText = ({ left_out: leftOut }: Figures): string => (leftOut ? `left out, too long for the model: ${leftOut}\n` : '')

const choiceText = (figures: Figures): string =>
  [
    `acc: ${spread(figures, 'acc')}\n`,
    `acc_norm (per byte): ${spread(figures, 'acc_norm')}\n`,
    `chance: ${percentText(figures.chance)}; ${figures.n} questions\n`,
    leftOutText(figures),
  ].join('')

const perplexityText = (figures: Figures): string =>
  [
    `perplexity per token: ${numberText(figures.perplexity ?? null, 3)}\n`,
    `perplexity per byte: ${numberText(figures.byte_perplexity ?? null, 4)} (${numberText(figures.bits_per_byte ?? null, 4)} bits)\n`,
    `${figures.tokens} tokens, ${figures.bytes} bytes; windows of ${figures.context} tokens, stride ${figures.stride}\n`,
  ].join('')

const ifevalText = (figures: Figures): string =>
  [
    ...['strict', 'loose'].flatMap((how) =>
      ['prompt', 'instruction'].map((what) => `${what}s, ${how}: ${spread(figures, `${what}_${how}`)}, n = ${figures[`${what}s`]}\n`),
    ),
    leftOutText(figures),
  ].join('')
