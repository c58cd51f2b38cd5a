import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { assertNever } from '../../../common/errors.ts'
import type { TrainConfig } from '../../train-config.ts'
import { tidy } from '../backend/tidy.ts'

/** Summed log-probabilities of the responses of P pairs, [P] each. */
export interface PairLogprobs {
  readonly chosen: Tensor
  readonly rejected: Tensor
}

/** A preference loss with its own derivatives: the way back starts from them, no tape is needed. All [P]. */
export interface PreferenceLoss {
  readonly losses: Tensor
  readonly dchosen: Tensor // d losses / d policy.chosen
  readonly drejected: Tensor
  readonly chosenRewards: Tensor // beta (policy - reference), TRL's rewards/chosen
  readonly rejectedRewards: Tensor
}

/** The preference loss that a training's settings name. */
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
 * Direct Preference Optimisation, the sigmoid loss (Rafailov et al. 2023, eq. 7):
 *
 *     L = -log sigmoid(margin),   margin = beta ((pi_w - ref_w) - (pi_l - ref_l)),   dL/dpi_w = -beta sigmoid(-margin) = -dL/dpi_l
 *
 * with pi and ref a response's summed log-probability under policy and reference. At the first step pi = ref, so
 * L = ln 2; anything else means that the two were not computed alike.
 */
function sigmoidLoss(policy: PairLogprobs, reference: PairLogprobs, beta: number): PreferenceLoss {
  return tidy(() => {
    const chosenRewards = policy.chosen.sub(reference.chosen).mul(beta)
    const rejectedRewards = policy.rejected.sub(reference.rejected).mul(beta)
    const margin = chosenRewards.sub(rejectedRewards)
    const drejected = tf.sigmoid(margin.neg()).mul(beta)
    return { losses: tf.softplus(margin.neg()), dchosen: drejected.neg(), drejected, chosenRewards, rejectedRewards }
  })
}
