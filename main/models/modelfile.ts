import { oneLine } from '../common/one-line.ts'

/** What Ollama needs to know to run a model folder as it was trained. */
export interface ModelfileContent {
  readonly title: string
  /** In Ollama's language; null: the chat template could not be said in it. */
  readonly template: string | null
  readonly stops: readonly string[]
  readonly temperature: number
  readonly topP: number
}

/** An Ollama Modelfile for the folder it lies in: `ollama create NAME -f Modelfile`. */
export function modelfile({ title, template, stops, temperature, topP }: ModelfileContent): string {
  const lines = [
    `# ${oneLine(title)}`,
    '# ollama create my-model -f Modelfile',
    'FROM .',
    template === null
      ? '# The chat template does more than this language can say; Ollama takes what it finds in the model.'
      : `TEMPLATE """${template}"""`,
    ...stops.map((stop) => `PARAMETER stop ${JSON.stringify(stop)}`),
    `PARAMETER temperature ${temperature}`,
    `PARAMETER top_p ${topP}`,
  ]
  return `${lines.join('\n')}\n`
}

/** Whether a template can stand between triple quotes. */
export const canBeQuoted = (template: string): boolean => !template.includes('"""') && !template.endsWith('"')
