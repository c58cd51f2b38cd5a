import { sentenceBefore } from './sentence.ts'

/** Words before points that the response didn't get, or only might have. */
const missed = new RegExp(
  '(?:prevent|fall(?:s|ing)? short|perfect|(?:higher|lower|more|less|rather|better|worse) than|instead of|close to|short of|keep(?:s|ing)?[^.!?,;]{0,20} from' +
    "|(?:not|n't|cannot|never|hardly|could|would|to|might|may)(?: have)?(?: \\p{L}{1,15}){0,2} (?:earn|receiv|achiev|deserv|merit|warrant|justif|reach|get|gain|attain|obtain|need|requir)\\p{L}{0,5}" +
    "|(?:not|n't|cannot|never)(?: have)?(?: \\p{L}{1,15}){0,2} (?:giv|rat|scor|award|assign|be)\\p{L}{0,4}" +
    '|(?:considered|tempted|hesitat\\p{L}*|debated|thought (?:about|of)|(?:was|were) (?:going|about) to|initially|at first|originally|first impression)' +
    ")[^.!?,;\\n]{0,60}$|(?:not|n't|never) (?:an? )?$|(?:^|[^\\p{L}])(?:required |needed |necessary )?for (?:an? |the )?$",
  'iu',
)

const supposed =
  /(?:^|[^\p{L}])(?:if|unless|suppose|supposing|imagine|assuming|were it|had it|had the|wenn|falls|sofern|hätte|wäre|si(?! )|如果|若|假如|もし)(?!\p{L})[^.!?\n]{0,100}$|(?:would|could|might)(?: then| thus| have)? (?:be|been|reach|become)[^.,:;!?\n]{0,30}$/iu

const example =
  /(?:e\.g\.,?|for (?:example|instance),?|such as|examples?:|(?:in|of|using|follow(?:s|ing)?) (?:the |this )?(?:form|format|style)(?: of)?:?|format(?: is:?|:)|format as|zum beispiel,?|z\. ?b\.|par exemple,?|por ejemplo,?|例如|例えば)[ "'(⟦-]{0,4}(?:\p{L}{1,10} ){0,2}$/iu

/** Whether the statement at `place` is hypothetical, missed, or an example. */
export function isHypothetical(text: string, place: number): boolean {
  const before = sentenceBefore(text, place)
  return before !== '' && (missed.test(before) || example.test(before) || supposed.test(before))
}
