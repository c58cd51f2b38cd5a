/** More requirements than this make a judgement slow and hardly more precise. */
const most = 10

/** The start of a line of a list: a bullet, a number, or a check box. */
const mark = /^\s*(?:(?:[-*•]\s+|\d{1,2}[.):]\s*)(?:\[[ xX]?\]\s*)?|\[[ xX]?\]\s*)(?=\S)/

/** The requirements in a model's text: the distinct lines of its list. Empty if it wrote no list. */
export function parseChecklist(text: string): string[] {
  const items = text.split('\n').flatMap((line) => (mark.test(line) ? [line.replace(mark, '').trim()] : []))
  return [...new Set(items)].slice(0, most)
}
