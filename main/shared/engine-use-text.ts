import type { EngineUse } from './contract/runs-contract.ts'

const countText = (value: number, one: string, many: string): string => `${value.toLocaleString('en-US')} ${value === 1 ? one : many}`

/** '': no prices were set. */
export function costText({ cost, currency }: Pick<EngineUse, 'cost' | 'currency'>): string {
  if (cost === null) return ''
  return `${cost > 0 && cost < 0.005 ? 'under 0.01' : cost.toFixed(2)} ${currency ?? ''}`
}

/** "big (big-model): 24 requests, 2 sent again, 1,200 tokens read, 88 written, 0.01 USD" */
export function engineUseText(use: EngineUse): string {
  const { engine, model, requests, retries, prompt_tokens, new_tokens } = use
  const facts = [
    countText(requests, 'request', 'requests'),
    ...(retries > 0 ? [`${retries.toLocaleString('en-US')} sent again`] : []),
    `${countText(prompt_tokens, 'token', 'tokens')} read`,
    `${new_tokens.toLocaleString('en-US')} written`,
    ...(use.cost === null ? [] : [costText(use)]),
  ]
  return `${engine}${model === '' ? '' : ` (${model})`}: ${facts.join(', ')}`
}
