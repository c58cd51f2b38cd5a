import { memo } from 'react'
import Markdown, { type Components } from 'react-markdown'
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize'
import remarkGfm from 'remark-gfm'
import styles from './markdown.module.css'

/** What a model's text may become: words and their structure. No HTML of its own, nothing that loads, nothing to be clicked. */
const schema = {
  ...defaultSchema,
  tagNames: defaultSchema.tagNames?.filter((tag) => !['picture', 'source', 'input'].includes(tag)),
}

/** A link is shown with where it would lead, and leads nowhere: the text was written by a model. An image is its description. */
const components: Components = {
  a: ({ href, children }) => (
    <span className={styles.link} title={href}>
      {children}
    </span>
  ),
  img: ({ alt }) => <span className={styles.image}>[image: {alt || 'no description'}]</span>,
  // Headings inside an answer are no headings of the page.
  h1: ({ children }) => <p className={styles.heading}>{children}</p>,
  h2: ({ children }) => <p className={styles.heading}>{children}</p>,
  h3: ({ children }) => <p className={styles.heading}>{children}</p>,
  h4: ({ children }) => <p className={styles.heading}>{children}</p>,
  h5: ({ children }) => <p className={styles.heading}>{children}</p>,
  h6: ({ children }) => <p className={styles.heading}>{children}</p>,
}

/** Text of a model or a file as markdown. It is not trusted: see `schema` and `components`. */
export const ModelText = memo(function ModelText({ text }: { readonly text: string }) {
  return (
    <div className={styles.text}>
      <Markdown remarkPlugins={[remarkGfm]} rehypePlugins={[[rehypeSanitize, schema]]} components={components} skipHtml>
        {text}
      </Markdown>
    </div>
  )
})
