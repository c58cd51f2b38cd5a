import { parseConfig } from '../../config.ts'
import { checkTensors } from '../../expected-tensors.ts'
import type { ModelFiles } from '../../load-model.ts'
import { tableShare, withinTime } from '../../time-limit.ts'
import { chatTemplate } from '../../tokenizer/chat-template.ts'
import { huggingFaceTokenizer } from '../../tokenizer/hugging-face-tokenizer.ts'
import { stopTokens } from '../../tokenizer/special-tokens.ts'
import { namedTokens } from '../../tokenizer/tokenizer-config.ts'
import { ggufConfig } from './gguf-config.ts'
import { openGguf } from './gguf-file.ts'
import { ggufTokenizerFiles } from './gguf-tokenizer.ts'
import { ggufWeights } from './gguf-weights.ts'

/** Open a GGUF file as the Hugging Face model it was converted from. Errors as in `openModel`. */
export async function openGgufModel(path: string): Promise<ModelFiles> {
  const gguf = await openGguf(path)
  try {
    const configJson = ggufConfig(gguf)
    const config = parseConfig(configJson, path)
    const weights = ggufWeights(gguf, config)
    checkTensors(config, weights, path)
    const tokenizerFiles = ggufTokenizerFiles(gguf.metadata) ?? new Map<string, string>()
    const read = (name: string): unknown => JSON.parse(tokenizerFiles.get(name) ?? 'null')
    const tokenizerConfig = read('tokenizer_config.json')
    const tokenizer = tokenizerFiles.has('tokenizer.json')
      ? withinTime(`${path}: reading its tokenizer`, tokenizerFiles.get('tokenizer.json')!.length * tableShare, () =>
          huggingFaceTokenizer(read('tokenizer.json'), tokenizerConfig, path),
        )
      : null
    const source = gguf.metadata.optionalString('tokenizer.chat_template')
    const template = source === undefined ? null : chatTemplate(source, namedTokens(tokenizerConfig), path)
    const eos = ['eos', 'eot', 'eom'].map((role) => gguf.metadata.optionalNumber(`tokenizer.ggml.${role}_token_id`))
    const generation = { eos_token_id: eos.filter((id) => id !== undefined) }
    return {
      path,
      config,
      configJson,
      weights,
      tokenizer,
      chatTemplate: template,
      tokenizerFiles,
      stopTokens: stopTokens(config, generation, template, tokenizer),
    }
  } catch (error) {
    gguf.file.close()
    throw error
  }
}
