import { EventEmitter } from 'node:events'

let lastId = 0

/** One end of a channel in main. Messages received before `start` are queued. The other end may be in a page. */
export class StandInPort extends EventEmitter {
  readonly id = ++lastId
  private other: StandInPort | undefined
  private waiting: unknown[] | null = []
  private isClosed = false

  joinTo(other: StandInPort): void {
    this.other = other
  }

  postMessage(data: unknown): void {
    if (!this.isClosed) this.other?.receive(structuredClone(data))
  }

  receive(data: unknown): void {
    if (this.waiting) this.waiting.push(data)
    else this.emit('message', { data, ports: [] })
  }

  start(): void {
    const waiting = this.waiting ?? []
    this.waiting = null
    for (const data of waiting) this.receive(data)
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.emit('close')
    this.other?.close()
  }
}

/** A pair of connected ports. */
export class MessageChannelMain {
  readonly port1 = new StandInPort()
  readonly port2 = new StandInPort()

  constructor() {
    this.port1.joinTo(this.port2)
    this.port2.joinTo(this.port1)
  }
}
