import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { assertNever } from '../../shared/errors.ts'
import { lossTerms, type PreferenceLossType } from '../../shared/loss-settings.ts'
import type { LossConfig } from '../../shared/train-config.ts'
import { constant } from '../backends/constant.ts'
import { tidy } from '../backends/tidy.ts'

/**
 * The losses of TRL's DPOTrainer, with derivatives. Each is a function of a pair's implicit rewards
 *
 *     w = beta log(pi(y_w | x) / ref(y_w | x)),   l = beta log(pi(y_l | x) / ref(y_l | x))
 *
 * of the chosen (winning) and the rejected (losing) response, and most of them of the margin z = w - l alone. In the formulas s is the
 * logistic sigmoid; `-log s(z)` is computed as softplus(-z), which is finite for every z.
 */

/** A value for both responses of P pairs, [P] each. */
export interface OfPairs {
  readonly chosen: Tensor
  readonly rejected: Tensor
}

/** A loss per pair, with its derivatives by the two rewards. */
export interface PairLosses {
  readonly losses: Tensor
  readonly slopes: OfPairs
}

/** A loss of the margin, with its derivative. [P] each. */
interface MarginLosses {
  readonly losses: Tensor
  readonly slope: Tensor
}

/** A pair's factors: its weight, and its consistency C for `C L(w, l) + (1 - C) L(l, w)`. */
interface PairFactors {
  readonly weight: number
  readonly consistency: number
}

type LossParameters = Pick<LossConfig, 'beta' | 'label_smoothing' | 'discopop_tau'>

/**
 * The loss that a config selects, each pair with its factors: the weighted sum of its terms. `sft` isn't among them, because it
 * isn't a function of the rewards (see `dpo.ts`).
 */
export function lossOfPairs(rewards: OfPairs, lengths: OfPairs, factors: readonly PairFactors[], config: LossConfig): PairLosses {
  return tidy(() => {
    const weights = tf.tensor1d(factors.map(({ weight }) => weight))
    const isOrdered = factors.every(({ consistency }) => consistency === 1)
    const terms = lossTerms(config).flatMap(({ type, weight }) => {
      if (type === 'sft') return []
      const ordered = preferenceLoss(type, rewards, lengths, config)
      return [scaled(isOrdered ? ordered : consistent(ordered, reversed(type, rewards, lengths, config), factors), weight)]
    })
    const none = tf.zerosLike(rewards.chosen)
    return scaled(terms.length === 0 ? { losses: none, slopes: { chosen: none, rejected: none } } : terms.reduce(sumOf), weights)
  })
}

/** One loss of each pair. `lengths`: the responses' tokens. */
export function preferenceLoss(type: PreferenceLossType, rewards: OfPairs, lengths: OfPairs, settings: LossParameters): PairLosses {
  const { beta, label_smoothing: smoothing, discopop_tau: tau } = settings
  switch (type) {
    case 'sigmoid':
      return ofMargin(rewards, (margin) => sigmoidLoss(margin, smoothing))
    case 'hinge':
      return ofMargin(rewards, hingeLoss)
    case 'ipo':
      return ofMeanMargin(rewards, lengths, (margin) => ipoLoss(margin, beta))
    case 'robust':
      return ofMargin(rewards, (margin) => robustLoss(margin, smoothing))
    case 'sigmoid_norm':
      return ofMeanMargin(rewards, lengths, (margin) => sigmoidLoss(margin, 0))
    case 'apo_zero':
      return apoZeroLoss(rewards)
    case 'apo_down':
      return apoDownLoss(rewards)
    case 'exo_pair':
      return ofMargin(rewards, (margin) => exoPairLoss(margin, smoothing))
    case 'nca_pair':
      return ncaPairLoss(rewards)
    case 'sppo_hard':
      return sppoHardLoss(rewards, beta)
    case 'discopop':
      return ofMargin(rewards, (margin) => discopopLoss(margin, tau))
    default:
      return assertNever(type)
  }
}

/**
 * Direct preference optimization (Rafailov et al. 2023, arXiv 2305.18290, eq. 7), with label smoothing e as in conservative DPO (Mitchell
 * 2023, "A note on DPO with noisy preferences", eq. 3), which takes e as the probability that the pair's order is wrong:
 *
 *     L = -(1 - e) log s(z) - e log s(-z),   dL/dz = -(1 - e) s(-z) + e s(z)
 *
 * In the first step pi = ref, so L = ln 2; any other value means that the two were computed differently.
 *
 * TRL's `sigmoid_norm` is the same loss without smoothing, for z = w / |y_w| - l / |y_l|: rewards per token, as in SimPO (Meng et al. 2024,
 * arXiv 2405.14734), but with the reference kept and without SimPO's target margin.
 */
export function sigmoidLoss(margin: Tensor, smoothing: number): MarginLosses {
  const [wrong, right] = [constant(smoothing), constant(1 - smoothing)]
  const slope = tf.sub(tf.mul(tf.sigmoid(margin), wrong), tf.mul(tf.sigmoid(tf.neg(margin)), right))
  return { losses: tf.add(tf.mul(tf.softplus(tf.neg(margin)), right), tf.mul(tf.softplus(margin), wrong)), slope }
}

/** Hinge loss of sequence likelihood calibration, SLiC-HF (Zhao et al. 2023, arXiv 2305.10425): `L = max(0, 1 - z)`. */
function hingeLoss(margin: Tensor): MarginLosses {
  return { losses: tf.relu(tf.sub(1, margin)), slope: tf.neg(tf.cast(tf.less(margin, 1), 'float32')) }
}

/**
 * Identity preference optimization (Azar et al. 2023, arXiv 2310.12036, eq. 17) on log-ratios per token, as TRL computes it:
 *
 *     L = (h - 1/(2 beta))^2 = ((z - 1/2) / beta)^2,   h = z / beta = log(pi_w / ref_w) / |y_w| - log(pi_l / ref_l) / |y_l|
 */
function ipoLoss(margin: Tensor, beta: number): MarginLosses {
  return squaredDistance(margin, 0.5, beta)
}

/**
 * Robust DPO (Ray Chowdhury et al. 2024, arXiv 2403.00409): unbiased if a share e < 1/2 of the pairs is in the wrong order,
 *
 *     L = (-(1 - e) log s(z) + e log s(-z)) / (1 - 2 e),   dL/dz = (-(1 - e) s(-z) - e s(z)) / (1 - 2 e)
 */
function robustLoss(margin: Tensor, smoothing: number): MarginLosses {
  const [share, rest] = [smoothing / (1 - 2 * smoothing), (1 - smoothing) / (1 - 2 * smoothing)]
  return {
    losses: tf.sub(tf.mul(tf.softplus(tf.neg(margin)), rest), tf.mul(tf.softplus(margin), share)),
    slope: tf.neg(tf.add(tf.mul(tf.sigmoid(tf.neg(margin)), rest), tf.mul(tf.sigmoid(margin), share))),
  }
}

/**
 * Anchored preference optimization for chosen responses that are better than the model's (D'Oosterlinck et al. 2024, arXiv 2408.06266,
 * eq. 7): `L = (1 - s(w)) + s(l)` raises w and lowers l, each against the reference.
 */
function apoZeroLoss({ chosen, rejected }: OfPairs): PairLosses {
  return {
    losses: tf.add(tf.sigmoid(tf.neg(chosen)), tf.sigmoid(rejected)),
    slopes: { chosen: tf.neg(sigmoidSlope(chosen)), rejected: sigmoidSlope(rejected) },
  }
}

/**
 * Anchored preference optimization for chosen responses that are worse than the model's (the same paper, eq. 8): `L = s(w) + (1 - s(z))`
 * lowers both, and l more.
 */
function apoDownLoss({ chosen, rejected }: OfPairs): PairLosses {
  const margin = tf.sub(chosen, rejected)
  const ofMargins = sigmoidSlope(margin)
  return {
    losses: tf.add(tf.sigmoid(chosen), tf.sigmoid(tf.neg(margin))),
    slopes: { chosen: tf.sub(sigmoidSlope(chosen), ofMargins), rejected: ofMargins },
  }
}

/**
 * Efficient exact optimization of a pair (Ji et al. 2024, arXiv 2402.00856, eq. 16): the reverse KL divergence of q = s(z) from the labels
 * 1 - e and e,
 *
 *     L = q (log q - log(1 - e)) + (1 - q) (log(1 - q) - log e),   dL/dz = q (1 - q) (z - log((1 - e) / e))
 */
function exoPairLoss(margin: Tensor, smoothing: number): MarginLosses {
  const [chosenLabel, rejectedLabel] = [Math.log1p(-smoothing), Math.log(smoothing)]
  const forChosen = tf.mul(tf.sigmoid(margin), tf.add(tf.softplus(tf.neg(margin)), chosenLabel))
  const forRejected = tf.mul(tf.sigmoid(tf.neg(margin)), tf.add(tf.softplus(margin), rejectedLabel))
  return {
    losses: tf.neg(tf.add(forChosen, forRejected)),
    slope: tf.mul(sigmoidSlope(margin), tf.sub(margin, chosenLabel - rejectedLabel)),
  }
}

/**
 * Noise contrastive alignment of a pair (Chen et al. 2024, arXiv 2402.05369), which keeps the chosen response likely as well:
 *
 *     L = -log s(w) - 1/2 log s(-w) - 1/2 log s(-l),   dL/dw = -s(-w) + s(w) / 2,   dL/dl = s(l) / 2
 */
function ncaPairLoss({ chosen, rejected }: OfPairs): PairLosses {
  const forChosen = tf.add(tf.softplus(tf.neg(chosen)), tf.mul(tf.softplus(chosen), 0.5))
  return {
    losses: tf.add(forChosen, tf.mul(tf.softplus(rejected), 0.5)),
    slopes: {
      chosen: tf.sub(tf.mul(tf.sigmoid(chosen), 0.5), tf.sigmoid(tf.neg(chosen))),
      rejected: tf.mul(tf.sigmoid(rejected), 0.5),
    },
  }
}

/**
 * Self-play preference optimization (Wu et al. 2024, arXiv 2405.00675, eq. 4.7) with hard labels, a win of probability 1:
 *
 *     L = (log(pi_w / ref_w) - 1/(2 beta))^2 + (log(pi_l / ref_l) + 1/(2 beta))^2 = ((w - 1/2)^2 + (l + 1/2)^2) / beta^2
 */
function sppoHardLoss({ chosen, rejected }: OfPairs, beta: number): PairLosses {
  const ofChosen = squaredDistance(chosen, 0.5, beta)
  const ofRejected = squaredDistance(rejected, -0.5, beta)
  return { losses: tf.add(ofChosen.losses, ofRejected.losses), slopes: { chosen: ofChosen.slope, rejected: ofRejected.slope } }
}

/**
 * DiscoPOP, the log-ratio modulated loss (Lu et al. 2024, arXiv 2406.08414, eq. 5): from logistic to exponential as the margin grows,
 *
 *     L = (1 - m) (-log s(z)) + m exp(-z),   m = s(z / tau)
 *     dL/dz = m (1 - m) / tau (exp(-z) + log s(z)) - (1 - m) s(-z) - m exp(-z)
 *
 * `m exp(-z)` is computed as exp(-z + log m): for very negative z its factors are 0 and infinite.
 */
function discopopLoss(margin: Tensor, tau: number): MarginLosses {
  const m = tf.sigmoid(tf.div(margin, tau))
  const rest = tf.sigmoid(tf.div(margin, -tau)) // 1 - m
  const logistic = tf.softplus(tf.neg(margin))
  const exponential = tf.exp(tf.neg(tf.add(margin, tf.softplus(tf.div(margin, -tau))))) // m exp(-z)
  const modulation = tf.div(tf.mul(rest, tf.sub(exponential, tf.mul(m, logistic))), tau)
  return {
    losses: tf.add(tf.mul(rest, logistic), exponential),
    slope: tf.sub(modulation, tf.add(tf.mul(rest, tf.sigmoid(tf.neg(margin))), exponential)),
  }
}

function ofMargin({ chosen, rejected }: OfPairs, lossOf: (margin: Tensor) => MarginLosses): PairLosses {
  const { losses, slope } = lossOf(tf.sub(chosen, rejected))
  return { losses, slopes: { chosen: slope, rejected: tf.neg(slope) } }
}

/** The margin of rewards per token. */
function ofMeanMargin(rewards: OfPairs, lengths: OfPairs, lossOf: (margin: Tensor) => MarginLosses): PairLosses {
  const { losses, slopes } = ofMargin(perToken(rewards, lengths), lossOf)
  return { losses, slopes: perToken(slopes, lengths) }
}

const perToken = ({ chosen, rejected }: OfPairs, lengths: OfPairs): OfPairs => ({
  chosen: tf.div(chosen, lengths.chosen),
  rejected: tf.div(rejected, lengths.rejected),
})

/** `((reward - target) / beta)^2`, a squared distance of log-ratios. */
function squaredDistance(reward: Tensor, target: number, beta: number): MarginLosses {
  const off = tf.div(tf.sub(reward, target), beta)
  return { losses: tf.square(off), slope: tf.mul(off, 2 / beta) }
}

/** s'(x) = s(x) s(-x). */
const sigmoidSlope = (x: Tensor): Tensor => tf.mul(tf.sigmoid(x), tf.sigmoid(tf.neg(x)))

/** The loss of the pairs in the opposite order, L(l, w). */
function reversed(type: PreferenceLossType, rewards: OfPairs, lengths: OfPairs, settings: LossParameters): PairLosses {
  const { losses, slopes } = preferenceLoss(type, swapped(rewards), swapped(lengths), settings)
  return { losses, slopes: swapped(slopes) }
}

const swapped = ({ chosen, rejected }: OfPairs): OfPairs => ({ chosen: rejected, rejected: chosen })

/**
 * Consistency-regularized self-rewarding, CREAM (Wang et al. 2024, arXiv 2410.12735): `C L(w, l) + (1 - C) L(l, w)`, with C a pair's
 * consistency. For the sigmoid loss that is label smoothing by 1 - C.
 */
function consistent(ordered: PairLosses, opposite: PairLosses, factors: readonly PairFactors[]): PairLosses {
  const consistency = tf.tensor1d(factors.map(({ consistency }) => consistency))
  return sumOf(scaled(ordered, consistency), scaled(opposite, tf.sub(1, consistency)))
}

const sumOf = (a: PairLosses, b: PairLosses): PairLosses => ({
  losses: tf.add(a.losses, b.losses),
  slopes: { chosen: tf.add(a.slopes.chosen, b.slopes.chosen), rejected: tf.add(a.slopes.rejected, b.slopes.rejected) },
})

const scaled = ({ losses, slopes }: PairLosses, factor: Tensor | number): PairLosses => ({
  losses: tf.mul(losses, factor),
  slopes: { chosen: tf.mul(slopes.chosen, factor), rejected: tf.mul(slopes.rejected, factor) },
})
