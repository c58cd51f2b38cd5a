import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { assertNever } from '../../shared/errors.ts'
import type { TrainConfig } from '../../shared/train-config.ts'
import { tidy } from '../backends/tidy.ts'

/** Summed log-probabilities of the responses of P pairs, [P] each. */
export interface PairLogprobs {
  readonly chosen: Tensor
  readonly rejected: Tensor
}

/** A preference loss with its derivatives, from which the backward pass starts without a tape. All [P]. */
export interface PreferenceLoss {
  readonly losses: Tensor
  readonly dchosen: Tensor // d losses / d policy.chosen
  readonly drejected: Tensor
  readonly chosenRewards: Tensor // beta (policy - reference), TRL's rewards/chosen
  readonly rejectedRewards: Tensor
}

/** The preference loss selected by a training's config. */
export function preferenceLoss(
  policy: PairLogprobs,
  reference: PairLogprobs,
  { loss_type, beta }: Pick<TrainConfig, 'beta' | 'loss_type'>,
): PreferenceLoss {
  switch (loss_type) {
    case 'sigmoid':
      return sigmoidLoss(policy, reference, beta)
    default:
      return assertNever(loss_type)
  }
}

/**
 * Direct Preference Optimization, the sigmoid loss (Rafailov et al. 2023, eq. 7):
 *
 *     L = -log sigmoid(margin),   margin = beta ((pi_w - ref_w) - (pi_l - ref_l)),   dL/dpi_w = -beta sigmoid(-margin) = -dL/dpi_l
 *
 * with pi and ref a response's summed log-probability under policy and reference. In the first step pi = ref, so L = ln 2; any other value
 * means that the two were computed differently.
 */
function sigmoidLoss(policy: PairLogprobs, reference: PairLogprobs, beta: number): PreferenceLoss {
  return tidy(() => {
    const chosenRewards = tf.mul(tf.sub(policy.chosen, reference.chosen), beta)
    const rejectedRewards = tf.mul(tf.sub(policy.rejected, reference.rejected), beta)
    const margin = tf.sub(chosenRewards, rejectedRewards)
    const drejected = tf.mul(tf.sigmoid(tf.neg(margin)), beta)
    return { losses: tf.softplus(tf.neg(margin)), dchosen: tf.neg(drejected), drejected, chosenRewards, rejectedRewards }
  })
}
