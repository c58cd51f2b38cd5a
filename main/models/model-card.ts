import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readPlainText } from '../common/read-file.ts'
import type { ExportForm } from '../shared/export-forms.ts'
import { oneLine } from '../shared/one-line.ts'
import type { Method } from '../shared/recipe.ts'

/** The license in the front matter of a model card (`license: apache-2.0`); null without one. */
export function licenseOf(folder: string): string | null {
  const card = join(folder, 'README.md')
  const text = existsSync(card) ? readOrNothing(card) : ''
  const frontMatter = /^---\r?\n([\s\S]*?)\r?\n---/.exec(text)?.[1] ?? ''
  const stated = (key: string): string | undefined => new RegExp(`^${key}:[ \\t]*['"]?([^'"\\r\\n#]+)`, 'm').exec(frontMatter)?.[1].trim()
  const license = stated('license')
  return (license === 'other' ? stated('license_name') : undefined) ?? (license || null)
}

/** An unreadable card is no reason to reject the model. */
function readOrNothing(card: string): string {
  try {
    return readPlainText(card, 1 << 20)
  } catch {
    return ''
  }
}

/** Information about a trained model for the users of its exported folder. */
export interface ModelCard {
  readonly title: string
  readonly baseModel: string
  readonly license: string | null // of the base model
  /** From the base model to this one: name, starting point, reference, and training data. */
  readonly lineage: readonly { readonly name: string; readonly from: string; readonly reference: string; readonly data: string }[]
  /** Evaluation results in words: [metric, figure]. */
  readonly figures: readonly (readonly [string, string])[]
  /** The method of the run that made it. */
  readonly method: Method
  readonly precision: string | null
  readonly parameters: number | null
  readonly contextLength: number | null
  readonly laurel: string
  readonly made: string // ISO 8601
}

const introductions: Readonly<Record<Method, string>> = {
  'self-rewarding': 'A language model trained on its own judgements (Self-Rewarding Language Models, Yuan et al. 2024).',
  spin: "A language model trained to prefer the seed data's responses to its own (SPIN, Chen et al. 2024).",
  'self-sft': 'A language model fine-tuned on its own responses, without a judge (Simple Self-Distillation, 2026).',
}

/** The README.md of an exported model, with the front matter that Hugging Face reads. */
export function modelCard(card: ModelCard, form: ExportForm = 'hugging-face'): string {
  const facts = [
    ...(card.parameters === null ? [] : [`- Parameters: ${card.parameters.toLocaleString('en-US')}`]),
    ...(card.precision === null ? [] : [`- Weights: ${card.precision}`]),
    ...(card.contextLength === null ? [] : [`- Context: ${card.contextLength.toLocaleString('en-US')} tokens`]),
    `- Created: ${card.made.slice(0, 10)}, with Laurel ${card.laurel}`,
  ]
  return `${[
    ...frontMatter(card, form),
    `# ${oneLine(card.title)}`,
    '',
    introductions[card.method],
    '',
    ...facts,
    '',
    '## Lineage',
    '',
    ...table(
      ['model', 'initialized from', 'reference', 'trained on'],
      card.lineage.map(({ name, from, reference, data }) => [name, from, reference, data]),
    ),
    '',
    ...(card.figures.length === 0 ? [] : ['## Evaluation', '', ...table(['metric', 'value'], card.figures), '']),
    '## Use',
    '',
    ...uses[form],
  ].join('\n')}\n`
}

const uses: Readonly<Record<ExportForm, readonly string[]>> = {
  'hugging-face': [
    ...['With transformers:', '', '```python', 'from transformers import AutoModelForCausalLM, AutoTokenizer'],
    'model = AutoModelForCausalLM.from_pretrained("path/to/this/folder")',
    'tokenizer = AutoTokenizer.from_pretrained("path/to/this/folder")',
    ...['```', '', 'With Ollama, in this folder: `ollama create my-model -f Modelfile`'],
  ],
  gguf: ['With llama.cpp: `llama-cli -m model.gguf`', '', 'With Ollama, in this folder: `ollama create my-model -f Modelfile`'],
  adapter: [
    ...['With PEFT, on the model that adapter_config.json names (change its path if it is elsewhere):', '', '```python'],
    'from peft import AutoPeftModelForCausalLM',
    'model = AutoPeftModelForCausalLM.from_pretrained("path/to/this/folder")',
    '```',
  ],
}

const tags: Readonly<Record<Method, string>> = {
  'self-rewarding': 'self-rewarding, dpo',
  spin: 'spin, dpo',
  'self-sft': 'self-distillation, sft',
}

function frontMatter({ baseModel, license, method }: ModelCard, form: ExportForm): string[] {
  const licenseLine = license === null ? [] : [`license: ${yamlText(license)}`]
  return [
    '---',
    ...licenseLine,
    `base_model: ${yamlText(baseModel)}`,
    `library_name: ${form === 'adapter' ? 'peft' : form === 'gguf' ? 'gguf' : 'transformers'}`,
    `tags: [${tags[method]}]`,
    '---',
    '',
  ]
}

/** A double-quoted YAML string, which has the same escapes as JSON. */
const yamlText = (text: string): string => JSON.stringify(oneLine(text))

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map((cell) => oneLine(cell).replaceAll('|', '\\|')).join(' | ')} |`)
