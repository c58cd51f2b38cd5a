/** A template that doesn't parse, or that raises an error. Messages use Jinja2's wording where it has one. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TemplateError'
  }
}
