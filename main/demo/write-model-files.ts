import { bosToken, eosToken, padToken, unknownToken, vocabularySize, vocabularyTexts } from './character-tokens.ts'

/**
 * The demo model's folder, apart from the weights, in Hugging Face's layout: any tool that opens Llama models can open it.
 *
 * 804,992 parameters: small enough to train in minutes on two cores, large enough to find a symbol in a word.
 */
export const configJson = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: vocabularySize,
  hidden_size: 128,
  intermediate_size: 344, // about 8/3 of the hidden size, as in Llama
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  head_dim: 32,
  hidden_act: 'silu',
  max_position_embeddings: 256,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  attention_bias: false,
  mlp_bias: false,
  tie_word_embeddings: true,
  initializer_range: 0.02,
  bos_token_id: bosToken,
  eos_token_id: eosToken,
  pad_token_id: padToken,
  torch_dtype: 'float32',
} as const

const generationConfigJson = { bos_token_id: bosToken, eos_token_id: eosToken, pad_token_id: padToken, do_sample: true, temperature: 1 }

/**
 * A user message is its text and a newline; the answer follows `>`. So only BOS precedes a user message, and a model that continues it
 * writes a prompt and ends it with a newline.
 */
const chatTemplate = [
  '{{ bos_token }}',
  '{% for message in messages %}',
  "{% if message['role'] == 'assistant' %}{{ '>' + message['content'] + eos_token }}",
  "{% else %}{{ message['content'] + '\\n' }}{% endif %}",
  '{% endfor %}',
  "{% if add_generation_prompt %}{{ '>' }}{% endif %}",
].join('')

const special = (id: number, content: string) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})

/** Byte-pair encoding without merges: every character is a token. */
function tokenizerJson(): object {
  const texts = vocabularyTexts()
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [padToken, bosToken, eosToken, unknownToken].map((id) => special(id, texts[id])),
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: 'Fuse' },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: texts[unknownToken],
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(texts.map((text, id) => [text, id])),
      merges: [],
    },
  }
}

function tokenizerConfigJson(): object {
  const texts = vocabularyTexts()
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: configJson.max_position_embeddings,
    clean_up_tokenization_spaces: false,
    bos_token: texts[bosToken],
    eos_token: texts[eosToken],
    pad_token: texts[padToken],
    unk_token: texts[unknownToken],
    chat_template: chatTemplate,
  }
}

/** Every file of the folder except the weights: name -> content. */
export function modelFolderFiles(): Map<string, string> {
  const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`
  return new Map([
    ['config.json', json(configJson)],
    ['generation_config.json', json(generationConfigJson)],
    ['tokenizer.json', json(tokenizerJson())],
    ['tokenizer_config.json', json(tokenizerConfigJson())],
  ])
}
