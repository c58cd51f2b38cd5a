import type { Message } from '../shared/engine-protocol.ts'
import { oneLine } from '../shared/one-line.ts'

/** Renders a conversation with a model's own chat template. */
export type Render = (messages: readonly Message[], addGenerationPrompt: boolean) => Promise<string>

/** A chat template as the text around each message. */
interface TemplateParts {
  /** Before the first message if there is no system message (some templates insert a default one). */
  readonly opening: string
  /** Around a system message; null if the template doesn't accept one. */
  readonly system: readonly [before: string, after: string] | null
  readonly user: readonly [before: string, after: string]
  readonly assistant: readonly [before: string, after: string]
  /** After the last message, as the start of the model's answer. */
  readonly answer: string
}

const [systemText, userText, assistantText, secondText] = ['SYSTEMTEXT', 'USERTEXT', 'ASSISTANTTEXT', 'SECONDTEXT']
const system: Message = { role: 'system', content: systemText }
const user: Message = { role: 'user', content: userText }
const assistant: Message = { role: 'assistant', content: assistantText }
const second: Message = { role: 'user', content: secondText }

/**
 * Takes a chat template apart by its output around messages, and reassembles it to check that nothing is lost. Null if the template does
 * more than that (counts turns, trims, inserts dates): it can't be expressed in another language this way.
 */
export async function templateParts(render: Render): Promise<TemplateParts | null> {
  const one = cut(await render([user], false), userText)
  const two = cut(await render([user, assistant], false), userText, assistantText)
  const three = cut(await render([user, assistant, second], false), userText, assistantText, secondText)
  const answer = (await render([user], true)).slice((await render([user], false)).length)
  if (one === null || two === null || three === null) return null
  const [head, userAfter] = one
  const [assistantAfter, assistantBefore] = [two[2], withoutStart(two[1], userAfter)]
  const userBefore = withoutStart(three[2], assistantAfter)
  if (assistantBefore === null || userBefore === null || !head.endsWith(userBefore)) return null
  const parts: TemplateParts = {
    opening: head.slice(0, head.length - userBefore.length),
    system: await systemParts(render, userBefore),
    user: [userBefore, userAfter],
    assistant: [assistantBefore, assistantAfter],
    answer,
  }
  return (await isWhole(render, parts)) ? parts : null
}

async function systemParts(render: Render, userBefore: string): Promise<TemplateParts['system']> {
  const rendered = await render([system, user], false).catch(() => null) // some templates reject system messages
  const pieces = rendered === null ? null : cut(rendered, systemText, userText)
  if (pieces === null || !pieces[1].endsWith(userBefore)) return null
  return [pieces[0], pieces[1].slice(0, pieces[1].length - userBefore.length)]
}

/** The text before, between, and after the given texts; null if one is missing. */
function cut(text: string, ...texts: string[]): string[] | null {
  const pieces: string[] = []
  let rest = text
  for (const part of texts) {
    const at = rest.indexOf(part)
    if (at === -1) return null
    pieces.push(rest.slice(0, at))
    rest = rest.slice(at + part.length)
  }
  return [...pieces, rest]
}

const withoutStart = (text: string, start: string): string | null => (text.startsWith(start) ? text.slice(start.length) : null)

async function isWhole(render: Render, parts: TemplateParts): Promise<boolean> {
  const trials: Message[][] = [[user], [user, assistant, second], [user, assistant, second, assistant, user]]
  if (parts.system) trials.push([system, user], [system, user, assistant, second])
  for (const trial of trials) {
    if (joined(parts, trial) !== (await render(trial, true))) return false
  }
  return true
}

/** Renders a conversation from the parts. */
export function joined({ opening, ...parts }: TemplateParts, messages: readonly Message[]): string {
  const around = (role: string): readonly [string, string] =>
    role === 'assistant' ? parts.assistant : role === 'system' ? parts.system! : parts.user
  const start = messages[0].role === 'system' ? '' : opening
  return start + messages.map(({ role, content }) => around(role)[0] + content + around(role)[1]).join('') + parts.answer
}

/**
 * The parts in Ollama's template language (Go's). A `bos` that opens the conversation is left out, since Ollama writes it itself; one that
 * opens every turn is part of the format and is kept.
 */
export function ollamaTemplate(parts: TemplateParts, bos: string): string {
  const opensTurns = parts.user[0].startsWith(bos) || parts.assistant[0].startsWith(bos) // also if bos is ''
  const text = (literal: string): string => literal.replaceAll('{{', '{{ "{{" }}')
  const opening = (literal: string): string => text(!opensTurns && literal.startsWith(bos) ? literal.slice(bos.length) : literal)
  const head = parts.system
    ? `{{ if .System }}${opening(parts.system[0])}{{ .System }}${text(parts.system[1])}{{ else }}${opening(parts.opening)}{{ end }}`
    : opening(parts.opening)
  const said = (role: string, [before, after]: readonly [string, string]): string =>
    `if eq .Role "${role}" }}${text(before)}{{ .Content }}${text(after)}{{ `
  return `${head}{{ range .Messages }}{{ ${said('user', parts.user)}else ${said('assistant', parts.assistant)}end }}{{ end }}${text(parts.answer)}`
}

/** What Ollama needs to run a model as it was trained. */
interface ModelfileContent {
  readonly title: string
  /** The model, relative to the folder of the Modelfile: a folder or a GGUF file. */
  readonly from: string
  /** In Ollama's template language; null if the chat template can't be expressed in it. */
  readonly template: string | null
  readonly stops: readonly string[]
  readonly temperature: number
  readonly topP: number
}

/** An Ollama Modelfile: `ollama create NAME -f Modelfile`. */
export function modelfile({ title, from, template, stops, temperature, topP }: ModelfileContent): string {
  const lines = [
    `# ${oneLine(title)}`,
    '# ollama create my-model -f Modelfile',
    `FROM ${from}`,
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
