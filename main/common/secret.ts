import { inspect } from 'node:util'

const hidden = '[secret]'

/** A text that a header can carry. Errors of `fetch` about any other text quote it. */
export const headerWord = /^[\x21-\x7e]+$/

/**
 * A text that must not reach a log, an error, a document, or another process by accident: however it is printed or stored, only a
 * placeholder appears. `reveal` is for the request that needs it.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  /** The text with the secret replaced: servers repeat a rejected key in their errors. */
  hideIn(text: string): string {
    return this.#text === '' ? text : text.replaceAll(this.#text, hidden)
  }

  toString(): string {
    return hidden
  }

  toJSON(): string {
    return hidden
  }

  [inspect.custom](): string {
    return hidden
  }
}
