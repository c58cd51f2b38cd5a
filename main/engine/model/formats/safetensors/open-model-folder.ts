import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { badInput } from '../../../../shared/errors.ts'
import { parseConfig } from '../../config.ts'
import { checkTensors } from '../../expected-tensors.ts'
import type { ModelFiles } from '../../load-model.ts'
import { tableShare, withinTime } from '../../time-limit.ts'
import { chatTemplate, type NamedTokens } from '../../tokenizer/chat-template.ts'
import { huggingFaceTokenizer } from '../../tokenizer/hugging-face-tokenizer.ts'
import { stopTokens } from '../../tokenizer/special-tokens.ts'
import type { ChatTemplate, Tokenizer } from '../../tokenizer/tokenizer.ts'
import { configuredTemplate, namedTokens } from '../../tokenizer/tokenizer-config.ts'
import { readJsonFile, readTextFile } from '../json-file.ts'
import { hasOwnHead } from './own-head.ts'
import { openFolderWeights } from './safetensors-shards.ts'

/** Files copied unchanged when the model is saved. */
const companions = [
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
]

/** Open a Hugging Face folder: config.json, safetensors, and tokenizer files if present. Errors as in `openModel`. */
export function openModelFolder(path: string): ModelFiles {
  const configPath = join(path, 'config.json')
  const configJson = readJsonFile(configPath) as Record<string, unknown> // parseConfig checks that it is an object
  const stated = parseConfig(configJson, configPath)
  const files = new Map(companions.filter((name) => existsSync(join(path, name))).map((name) => [name, readTextFile(join(path, name))]))
  const json = (name: string): unknown => (files.has(name) ? parseJson(files.get(name)!, join(path, name)) : null)
  const tokenizerConfig = json('tokenizer_config.json')
  const tokenizer: Tokenizer | null = files.has('tokenizer.json')
    ? withinTime(`${path}: reading tokenizer.json`, files.get('tokenizer.json')!.length * tableShare, () =>
        huggingFaceTokenizer(json('tokenizer.json'), tokenizerConfig, join(path, 'tokenizer.json'), {
          specialTokensMap: json('special_tokens_map.json'),
          addedTokens: json('added_tokens.json'),
        }),
      )
    : null
  const template = templateOf(path, files, tokenizerConfig, namedTokens(tokenizerConfig, json('special_tokens_map.json')))
  const weights = openFolderWeights(path)
  try {
    const isUntied = hasOwnHead(stated, weights)
    const config = isUntied ? { ...stated, tiedEmbeddings: false } : stated
    checkTensors(config, weights, path)
    return {
      path,
      config,
      configJson: isUntied ? { ...configJson, tie_word_embeddings: false } : configJson,
      weights,
      tokenizer,
      chatTemplate: template,
      tokenizerFiles: files,
      stopTokens: stopTokens(config, json('generation_config.json'), template, tokenizer),
    }
  } catch (error) {
    weights.close()
    throw error
  }
}

/** A separate template file takes precedence over tokenizer_config.json, as in transformers. */
function templateOf(path: string, files: ReadonlyMap<string, string>, tokenizerConfig: unknown, tokens: NamedTokens): ChatTemplate | null {
  const own = files.get('chat_template.jinja')
  const source = own ?? configuredTemplate(tokenizerConfig)
  if (source === undefined) return null
  const where = join(path, own === undefined ? 'tokenizer_config.json' : 'chat_template.jinja')
  return chatTemplate(source, tokens, where)
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badInput(`${where}: not valid JSON: ${(error as Error).message}`, 'Copy or download the file again.')
  }
}
