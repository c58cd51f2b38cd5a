import { oneLine } from '../shared/one-line.ts'

/** What Ollama needs to run a model folder as it was trained. */
export interface ModelfileContent {
  readonly title: string
  /** In Ollama's template language; null if the chat template can't be expressed in it. */
  readonly template: string | null
  readonly stops: readonly string[]
  readonly temperature: number
  readonly topP: number
}

/** An Ollama Modelfile for the folder that contains it: `ollama create NAME -f Modelfile`. */
export function modelfile({ title, template, stops, temperature, topP }: ModelfileContent): string {
  const lines = [
    `# ${oneLine(title)}`,
    '# ollama create my-model -f Modelfile',
    'FROM .',
    template === null
      ? "# The chat template can't be expressed in this language, so Ollama uses the one in the model."
      : `TEMPLATE """${template}"""`,
    ...stops.map((stop) => `PARAMETER stop ${JSON.stringify(stop)}`),
    `PARAMETER temperature ${temperature}`,
    `PARAMETER top_p ${topP}`,
  ]
  return `${lines.join('\n')}\n`
}

/** Whether a template can be put between triple quotes. */
export const canBeQuoted = (template: string): boolean => !template.includes('"""') && !template.endsWith('"')
