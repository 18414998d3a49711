//! Points and percentages, exact to the hundredth.

use serde::{Deserialize, Serialize};

/// A number of points or percent in hundredths, so that sums are exact and bytes are canonical.
///
/// In CBOR it is the whole number of hundredths; in files and JSON it is the number people write (`0.5`, `40`),
/// with at most two decimals.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, minicbor::Encode, minicbor::Decode,
)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cbor(transparent)]
pub struct Points(#[n(0)] u32);

impl Points {
    /// None.
    pub const ZERO: Points = Points(0);
    /// One hundred points, or one hundred percent.
    pub const HUNDRED: Points = Points(100 * Points::PER_POINT);
    const PER_POINT: u32 = 100;
    /// Largest number that is accepted; nothing in a checklist is larger.
    pub const MAX: Points = Points(1_000 * Points::PER_POINT);

    /// From whole points.
    pub const fn whole(points: u32) -> Points {
        Points(points * Points::PER_POINT)
    }

    /// From hundredths of a point.
    pub const fn hundredths(hundredths: u32) -> Points {
        Points(hundredths)
    }

    /// As hundredths of a point.
    pub const fn as_hundredths(self) -> u32 {
        self.0
    }
}

impl std::fmt::Display for Points {
    /// Writes `40`, `0.5` or `83.33`: no needless zeros.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, rest) = (self.0 / Points::PER_POINT, self.0 % Points::PER_POINT);
        match rest {
            0 => write!(f, "{whole}"),
            _ if rest % 10 == 0 => write!(f, "{whole}.{}", rest / 10),
            _ => write!(f, "{whole}.{rest:02}"),
        }
    }
}

impl Serialize for Points {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 % Points::PER_POINT {
            0 => serializer.serialize_u32(self.0 / Points::PER_POINT),
            _ => serializer.serialize_f64(f64::from(self.0) / f64::from(Points::PER_POINT)),
        }
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PointsVisitor)
    }
}

struct PointsVisitor;

impl serde::de::Visitor<'_> for PointsVisitor {
    type Value = Points;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a number from 0 to {} with at most two decimals", Points::MAX)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Points, E> {
        u32::try_from(number)
            .ok()
            .filter(|whole| *whole <= Points::MAX.0 / Points::PER_POINT)
            .map(Points::whole)
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Points, E> {
        let unsigned = u64::try_from(number)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(number), &self))?;
        self.visit_u64(unsigned)
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Points, E> {
        let scaled = number * f64::from(Points::PER_POINT);
        let nearest = scaled.round();
        // The tolerance forgives binary fractions (0.07 * 100 is not 7), not a third decimal.
        if (scaled - nearest).abs() < 1e-6 && (0.0..=f64::from(Points::MAX.0)).contains(&nearest) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked just above")]
            Ok(Points(nearest as u32))
        } else {
            Err(E::invalid_value(serde::de::Unexpected::Float(number), &self))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_third_decimal_a_minus_sign_and_a_text_are_refused() {
        for json in ["0.125", "-1", "\"8\"", "1000.01", "1e300", "null"] {
            assert!(serde_json::from_str::<Points>(json).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn points_survive_json_and_cbor(hundredths in 0..=Points::MAX.0) {
            let points = Points(hundredths);
            let json = serde_json::to_string(&points).unwrap();
            prop_assert_eq!(serde_json::from_str::<Points>(&json).unwrap(), points);
            let bytes = minicbor::to_vec(points).unwrap();
            prop_assert_eq!(minicbor::decode::<Points>(&bytes).unwrap(), points);
        }
    }
}
