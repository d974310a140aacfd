//! Weights as whole numbers (`spec/mesh` §10.7).

/// What decimal weights are multiplied by.
const DECIMALS: f64 = 100.0;
/// Greater weights count as this one: the sum of all, in hundredths, stays a number.
const WEIGHT_MAX: f64 = 1e290;

/// Turns the weights of one service, all positive and finite, into whole numbers that keep their proportions: as they
/// are if all are whole, else in hundredths. None is below 1, and their sum stays within 32 bits.
pub(super) fn whole(weights: &[f64]) -> Vec<u32> {
    let scale = if weights.iter().all(|weight| weight.fract() == 0.0) { 1.0 } else { DECIMALS };
    let scaled = weights.iter().map(|weight| weight.min(WEIGHT_MAX) * scale);
    let room = f64::from(u32::MAX) - to_f64(weights.len()); // each may be raised to 1
    let sum: f64 = scaled.clone().sum();
    let shrink = if sum > room { room / sum } else { 1.0 };
    scaled.map(|weight| to_u32(weight * shrink)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a service has far fewer instances than that")]
fn to_f64(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held to the type's bounds")]
fn to_u32(weight: f64) -> u32 {
    weight.round().clamp(1.0, f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_weights_stay_and_decimal_ones_become_hundredths() {
        assert_eq!(whole(&[1.0, 3.0]), [1, 3]);
        assert_eq!(whole(&[1.0, 0.5, 0.001]), [100, 50, 1]);
        assert_eq!(whole(&[1e9]), [1_000_000_000]);
        let huge = whole(&[1e300, 1e300]);
        assert!(huge[0] == huge[1] && huge[0] > u32::MAX / 2 - 3);
        assert_eq!(whole(&[f64::MAX, 0.5]), [u32::MAX - 2, 1]);
    }

    proptest! {
        #[test]
        fn every_sum_stays_within_32_bits(weights in proptest::collection::vec(f64::MIN_POSITIVE..f64::MAX, 1..50)) {
            let whole = whole(&weights);
            prop_assert!(whole.iter().all(|weight| *weight >= 1));
            prop_assert!(whole.iter().map(|weight| u64::from(*weight)).sum::<u64>() <= u64::from(u32::MAX));
        }
    }
}
