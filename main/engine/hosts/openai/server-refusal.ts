import { LaurelError } from '../../../shared/errors.ts'

/** What servers call a request that is longer than the model's context. */
const tooLong =
  /context.{0,20}(?:length|window|size)|maximum.{0,40}tokens|too (?:long|large|many tokens)|exceeds?.{0,40}(?:context|tokens|limit)/i

/** A server that answers nothing until its key or its address is another. */
export class AccessRefusal extends LaurelError {
  constructor(message: string, remedy: string) {
    super('BAD_INPUT', message, remedy)
  }
}

/** A request that a server won't do, whenever it is asked. */
export class ServerRefusal extends LaurelError {
  readonly status: number
  /** What the server says. */
  readonly text: string

  constructor(message: string, status: number, text: string) {
    super('BAD_INPUT', message, 'Check the recipe and the engine’s settings: laurel engine test shows what the server can do.')
    this.status = status
    this.text = text
  }

  /** Whether the request is longer than the model's context, so that other rows may still be possible. */
  isTooLong(): boolean {
    return [400, 413, 422].includes(this.status) && tooLong.test(this.text)
  }
}
