/** A template that can't be read, or that refuses what it is given; the message says which in Jinja2's words where it has some. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TemplateError'
  }
}
