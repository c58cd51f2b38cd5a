const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/))

/** Words that make a label refer to the whole judgement. */
const total = set(
  `total overall final finale finales sum summary cumulative combined aggregate aggregated net grand global globale général generale générale gesamt insgesamt
   complessivo complessiva finales geral totale endgültige endgültig abschließende abschließend итоговая итоговый итого общая общий samlet eind totaal`,
)

/** Words that make it refer to the top of the scale or another bound. */
const bound = set(
  `max maximum maximal maximale maximaler maximo máximo máxima massimo massima possible posible posibles possíveis possível possibile possibili available achievable attainable
   highest perfect full top best ceiling scale range skala échelle escala scala möglich mögliche möglichen erreichbare erreichbaren höchste höchst максимальный максимальная`,
)

/** Words that make it refer to something else in the judgement, or to a score that isn't a criterion's. */
const other = set(
  `confidence certainty probability likelihood uncertainty konfidenz sicherheit confiance confianza confidenza confiança min minimum minimal minimale mínimo average mean median
   previous prior baseline human reference expected target passing pass threshold weight weighting penalty deduction bonus old initial first original tentative preliminary
   hypothetical potential ideal example sample other user_rating partial sub intermediate running teilweise teil уверенность`,
)

/** Adjectives and nouns that keep a label about the judgement itself. */
const neutral = set(
  `score scores rating response responses answer answers reply assistant assistants ai model llm judge judges judgment judgement evaluation evaluator evaluators assessment reward
   additive resulting result awarded assigned given earned numeric numerical integer holistic general verdict revised corrected updated adjusted new actual s quality complete own
   overall_quality 5 five point points fünf antwort réponse respuesta risposta resposta modelo modell bewertung score_value value wert valeur valor valore number numéro note
   antwortqualität ответ оценка user users`,
)

/** Determiners and function words: the words before them don't qualify the noun. */
const stops = set(
  `a an the my this that your its it their our his her i we so thus therefore hence here and then is are was at of for with by in on as which gives giving give gave gets earns
   receives get deserves merits assign award reach settle conclude yields der die das den dem mein meine meinen eine ein einen daher somit also ist und le la les mon ma une un du
   donc est et el mi los las por tanto il lo o a minha meu uma um nota de del della da do в моя это`,
)

const criterionEnding = /(?:性|度|さ|率|成|覆盖|逻辑|单项|各项|分项|部分|语法|格式|风格|細目|성|도)$/u

/** The subject of a label. */
export type LabelKind = 'total' | 'plain' | 'bound' | 'other' | 'part'

/**
 * The subject of a label, from the words before and after its noun. An unknown word directly before the noun (`relevance score`) names a
 * part of the judgement.
 */
export function labelKind(before: readonly string[], after: readonly string[]): LabelKind {
  const words = [...before, ...after].map((word) => word.toLowerCase())
  let kind: LabelKind = after.some((word) => total.has(word.toLowerCase())) ? 'total' : 'plain'
  if (after.some((word) => bound.has(word.toLowerCase()))) return 'bound'
  if (before.some((word) => /^(?:confidence|certainty|konfidenz|confiance|confianza|confidenza|confiança)$/i.test(word))) return 'other'
  for (const word of words.slice(0, before.length).reverse()) {
    if (bound.has(word)) return 'bound'
    if (other.has(word)) return 'other'
    if (total.has(word)) kind = 'total'
    else if (stops.has(word)) break
    else if (!neutral.has(word)) return 'part'
  }
  return kind
}

/** The same for Chinese, Japanese, and Korean, from the characters directly before the noun. */
export function hanLabelKind(before: string): LabelKind {
  if (/(?:最高|最大|最低|[满滿]|满分|可能的?|上限)$/u.test(before)) return 'bound'
  if (/(?:置信度?|信心|信頼度?|確信度?|신뢰도?|平均|上次|之前|参考|目标|扣|加|减)$/u.test(before)) return 'other'
  if (/(?:最终|最終|最后|总体?|總體?|综合|綜合|総合?|整体|全体|合計|合计|최종|종합|전체|총)(?:的|の)? ?$/u.test(before)) return 'total'
  return criterionEnding.test(before.replace(/[的の ]+$/u, '')) ? 'part' : 'plain'
}

const criteria = set(
  `relevance coverage clarity accuracy helpfulness completeness correctness coherence depth creativity detail details harmlessness conciseness style tone grammar fluency
   faithfulness safety honesty usefulness engagement structure organization factuality truthfulness originality readability insight expertise`,
)

/** Whether words name a criterion of a judgement, as section headings do. */
export const nameCriterion = (words: readonly string[]): boolean => words.some((word) => criteria.has(word.toLowerCase()))

/** The words that distinguish one label from another: `the response's score` and `Score` are the same. */
export const tellingWords = (words: readonly string[]): string[] =>
  words.filter((word) => !stops.has(word.toLowerCase()) && !neutral.has(word.toLowerCase()))

const hanNoun = /^(.*?)(得分|分数|分數|评分|評分|打分|总分|總分|スコア|得点|点数|評価|評点|採点|점수|총점|평점|合计|合計|总计)$/u
const noun =
  /^(gesamt|end|abschluss|schluss|höchst|maximal|teil)?-?(scores?|ratings?|grade|points?|marks?|punktzahl|punkte|bewertung|wertung|note|nota|voto|puntuación|puntaje|calificación|punteggio|pontuação|notation|оценка)$/iu

/** The subject of a standalone name (a key, a table cell); null if it names no score. */
export function namedKind(words: readonly string[]): { kind: LabelKind; isStrong: boolean } | null {
  const before: string[] = []
  let isStrong = false
  for (const word of words) {
    const han = hanNoun.exec(word)
    if (han !== null) return { kind: /^[总總총合]/.test(han[2]) && han[1] === '' ? 'total' : hanLabelKind(han[1]), isStrong: true }
    const named = noun.exec(word)
    if (named !== null) isStrong = true
    const prefix = named?.[1]?.toLowerCase()
    if (prefix !== undefined) before.push({ höchst: 'maximal', maximal: 'maximal', teil: 'teil' }[prefix] ?? 'gesamt')
    else if (named === null) before.push(word)
  }
  const isTotal = before.some((word) => total.has(word.toLowerCase()))
  return isStrong || isTotal ? { kind: labelKind(before, []), isStrong } : null
}

/** The words of a key or a label: `finalScore`, `max_score`, `Final score`. */
export const wordsOf = (label: string): string[] =>
  label
    .replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ')
    .split(/[^\p{L}\p{N}.]+/u)
    .flatMap((word) => word.split(/^\.+|\.+$/))
    .filter((word) => word !== '')
