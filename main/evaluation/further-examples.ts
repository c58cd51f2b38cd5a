/**
 * Where a judge that has finished starts to invent further examples: the next turn of a conversation, a chat template's marker, or the
 * judge prompt again. Small models often do so until they run out of tokens.
 */
const nextExample =
  /^[ \t]*(?:(?:user|human|instruction|question)[ \t]*:|#{1,4}[ \t]*(?:user|human|instruction|input|question|example)\b|review the user's question)|<\|(?:im_start|user|start_header_id|eot_id|endoftext)|\[\/?INST\]|<response>|<(?:instruction|request)>/gim

/** The text up to the first further example after `from`. */
export function withoutFurtherExamples(text: string, from: number): string {
  nextExample.lastIndex = from
  const found = nextExample.exec(text)
  return found === null ? text : text.slice(0, found.index)
}
