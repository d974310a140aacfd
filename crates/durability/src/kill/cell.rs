//! What one name may hold, seen by its only writer.

use anyhow::{Result, bail};

/// A value that changes one change at a time.
#[derive(Debug, Default)]
pub(super) struct Cell {
    acknowledged: Option<String>,
    /// The value that a change which was sent but not answered would set.
    in_flight: Option<Option<String>>,
}

impl Cell {
    /// The last acknowledged value; none when the last acknowledged change was a removal, or nothing was written.
    pub(super) fn value(&self) -> Option<&str> {
        self.acknowledged.as_deref()
    }

    /// A change is about to be sent.
    pub(super) fn begin(&mut self, next: Option<String>) {
        self.in_flight = Some(next);
    }

    /// The change was acknowledged.
    pub(super) fn acknowledge(&mut self) {
        if let Some(value) = self.in_flight.take() {
            self.acknowledged = value;
        }
    }

    /// Takes what was found after a restart for the value; tells whether the change in flight took effect, `None`
    /// without one.
    ///
    /// # Errors
    /// Neither the acknowledged value nor the one in flight was found.
    pub(super) fn settle(&mut self, found: Option<&str>) -> Result<Option<bool>> {
        let took_effect = match self.in_flight.take() {
            Some(value) if value.as_deref() == found => {
                self.acknowledged = value;
                Some(true)
            }
            in_flight if self.value() == found => in_flight.map(|_| false),
            in_flight => bail!(
                "holds {}, but {} was acknowledged and {} in flight",
                short(found),
                short(self.value()),
                in_flight.as_ref().map_or("nothing was".to_owned(), |value| short(value.as_deref())),
            ),
        };
        Ok(took_effect)
    }
}

/// The beginning of a value, which identifies it.
fn short(value: Option<&str>) -> String {
    value.map_or("(absent)".to_owned(), |text| {
        format!("{:?} of {} bytes", text.chars().take(40).collect::<String>(), text.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(acknowledged: Option<&str>, in_flight: Option<Option<&str>>) -> Cell {
        let owned = |value: Option<&str>| value.map(str::to_owned);
        Cell { acknowledged: owned(acknowledged), in_flight: in_flight.map(owned) }
    }

    #[test]
    fn acknowledged_value_is_the_only_one_without_a_change_in_flight() {
        assert_eq!(cell(Some("a"), None).settle(Some("a")).unwrap(), None);
        assert!(cell(Some("a"), None).settle(Some("older")).is_err());
        assert!(cell(Some("a"), None).settle(None).is_err());
        assert!(cell(None, None).settle(Some("removed")).is_err());
    }

    #[test]
    fn change_in_flight_takes_effect_or_does_not() {
        let mut stored = cell(Some("a"), Some(Some("b")));
        assert_eq!(stored.settle(Some("b")).unwrap(), Some(true));
        assert_eq!(stored.value(), Some("b"));
        let mut lost = cell(Some("a"), Some(None));
        assert_eq!(lost.settle(Some("a")).unwrap(), Some(false));
        assert_eq!(lost.settle(Some("a")).unwrap(), None, "it is settled");
        assert!(cell(Some("a"), Some(Some("b"))).settle(None).is_err());
    }
}
