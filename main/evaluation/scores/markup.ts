/** Brackets that replace LaTeX's `\boxed{}` and `[[ ]]` once markup is removed. */
const boxed = { open: '⟦', close: '⟧' } as const

/**
 * A judge's text without LaTeX, HTML, and Markdown markup. Headings, lists, and tables keep their markers, which show what belongs
 * together.
 */
export const withoutMarkup = (text: string): string =>
  withoutMarkdown(withoutHtml(withoutLatex(text.replace(/[‘’´]/g, "'").replace(/[“”„«»]/g, '"'))))

function withoutLatex(text: string): string {
  let plain = text
  if (plain.includes('\\')) {
    plain = plain.replace(/\\n(?![a-z])/g, '\n').replace(/\\[dt]?frac\{([^{}\n]{1,10})\}\{([^{}\n]{1,10})\}/g, '$1/$2')
    for (let depth = 0; depth < 3; depth++) {
      plain = plain
        .replace(/\\(?:text|textbf|textit|mathbf|mathrm|mathit|bf|rm|underline)\{([^{}\n]{0,200})\}/g, '$1')
        .replace(/\\(?:boxed|fbox)\{([^{}\n]{0,200})\}/g, `${boxed.open}$1${boxed.close}`)
    }
    plain = plain
      .replace(/\\boxed +(\d)(?![\d.,])/g, `${boxed.open}$1${boxed.close}`)
      .replace(/\\(?:q?quad|[,;:! ])/g, ' ')
      .replace(/\\times/g, '×')
      .replace(/\\([*_`~#()[\]{}%/.!+$"-])/g, '$1')
  }
  return plain.replace(/\[\[ ?(\d[^[\]\n]{0,12}) ?\]\]/g, `${boxed.open}$1${boxed.close}`).replace(/\$/g, '')
}

const scoreTag =
  /<((?:[a-z]{1,12}[_-]){0,3}(?:score|rating|points|grade|total|overall|confidence|verdict|winner|preference|decision|choice))((?: [a-z_-]{1,20}="[^"<>\n]{0,30}"){0,4}) ?(\/?)>/gi

/** Drops layout tags, turns cells into table cells, and rewrites `<score max="5">4</score>` as `score (max 5): 4`. */
function withoutHtml(text: string): string {
  const named = text
    .replace(/&nbsp;/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&frasl;/g, '/')
  if (!named.includes('<')) return named
  return named
    .replace(/<\/?(?:b|strong|i|em|u|span|font|code|mark|small|big|kbd)(?: [^<>\n]{0,80})?>/gi, '')
    .replace(/<\/t[dh]> {0,3}<t[dh](?: [^<>\n]{0,80})?>/gi, ' | ')
    .replace(/<t[dh](?: [^<>\n]{0,80})?>/gi, '| ')
    .replace(/<\/t[dh]>/gi, ' |')
    .replace(/<(?:del|s|strike)>[^<>\n]{0,80}<\/(?:del|s|strike)>/gi, '')
    .replace(/<h([1-4])(?: [^<>\n]{0,80})?>/gi, (_, level: string) => `\n${'#'.repeat(Number(level))} `)
    .replace(/<\/?(?:br|p|div|tr|li|ul|ol|table|thead|tbody|h[1-6])(?: [^<>\n]{0,80})? ?\/?>/gi, '\n')
    .replace(scoreTag, (_, name: string, attributes: string, closed: string) => {
      const given = [...attributes.matchAll(/([a-z_-]{1,20})="([^"<>\n]{0,30})"/gi)]
      const value = given.find(([, key]) => key === 'value')?.[2]
      const others = given.filter(([, key]) => key !== 'value').map(([, key, content]) => `${key} ${content}`)
      return `\n${name}${others.length > 0 ? ` (${others.join(', ')})` : ''}: ${closed === '/' ? `${value ?? ''}\n` : (value ?? '')}`
    })
    .replace(
      /<\/(?:[a-z]{1,12}[_-]){0,3}(?:score|rating|points|grade|total|overall|confidence|verdict|winner|preference|decision|choice)>/gi,
      '\n',
    )
}

function withoutMarkdown(text: string): string {
  return text
    .replace(/^ *(?:```|~~~)[\w+-]{0,20} *$/gm, '')
    .replace(/^ *(?:> ?){1,5}/gm, '')
    .replace(/~~[^~\n]{1,80}~~/g, '')
    .replace(/==(?=\S)([^=\n]{1,80})==/g, '$1')
    .replace(/`/g, '')
    .replace(/\*{2,}/g, '')
    .replace(/(?<=\S)\*|\*(?=\S)/g, '')
    .replace(/(?<![\p{L}\p{N}_])_{1,3}(?=\S)|(?<=\S)_{1,3}(?![\p{L}\p{N}_])/gu, '')
    .replace(/(?<=\p{Ll})(?=\p{Lu}\p{Ll})/gu, ' ')
    .replace(/ {2,}/g, ' ')
}
