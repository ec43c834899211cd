//! How fast virtual time passes for the reader: fixed steps, or by what is worth the eye.
//!
//! Pure arithmetic; refuses to know clocks, frames and sessions.

/// Virtual time over real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tempo {
    /// Slow while something key is in the air, fast through idle time.
    Auto,
    /// An index into [`RATES`].
    Fixed(usize),
}

/// The steps of the tempo, slowest first: numerator and denominator.
pub const RATES: [(u32, u32); 13] = [
    (1, 500),
    (1, 200),
    (1, 100),
    (1, 50),
    (1, 20),
    (1, 10),
    (1, 4),
    (1, 2),
    (1, 1),
    (2, 1),
    (4, 1),
    (8, 1),
    (16, 1),
];

const REAL_TIME: usize = 8;
/// While a key message flies: one millisecond on the wire takes 0.4 seconds on the screen.
const IN_THE_AIR: f64 = 1.0 / 400.0;
/// Just after something key happened: time to read what it was.
const AFTERMATH: f64 = 1.0 / 20.0;
/// How long the aftermath lasts, in milliseconds of real time.
const AFTERMATH_MS: f64 = 600.0;
/// From there the rate doubles each time this many milliseconds pass in quiet.
const DOUBLING_MS: f64 = 220.0;
const FASTEST: f64 = 4.0;

impl Tempo {
    pub fn faster(self) -> Tempo {
        match self {
            Tempo::Auto => Tempo::Fixed(REAL_TIME + 1),
            Tempo::Fixed(step) => Tempo::Fixed((step + 1).min(RATES.len() - 1)),
        }
    }

    pub fn slower(self) -> Tempo {
        match self {
            Tempo::Auto => Tempo::Fixed(REAL_TIME - 1),
            Tempo::Fixed(step) => Tempo::Fixed(step.saturating_sub(1)),
        }
    }

    /// `1/20×`, `4×`; nothing for the automatic one, whose name is a word.
    pub fn label(self) -> Option<String> {
        match self {
            Tempo::Auto => None,
            Tempo::Fixed(step) => Some(match RATES[step.min(RATES.len() - 1)] {
                (n, 1) => format!("{n}×"),
                (n, d) => format!("{n}/{d}×"),
            }),
        }
    }

    /// Microseconds of virtual time for `real_ms` of real time.
    /// `quiet_ms`: real time since something key happened; `in_air`: a key message flies now.
    pub fn advance(self, real_ms: f64, quiet_ms: f64, in_air: bool) -> f64 {
        real_ms * 1_000.0 * self.rate(quiet_ms, in_air)
    }

    fn rate(self, quiet_ms: f64, in_air: bool) -> f64 {
        match self {
            Tempo::Fixed(step) => {
                let (n, d) = RATES[step.min(RATES.len() - 1)];
                f64::from(n) / f64::from(d)
            }
            Tempo::Auto if in_air => IN_THE_AIR,
            Tempo::Auto if quiet_ms < AFTERMATH_MS => AFTERMATH,
            Tempo::Auto => {
                let doublings = ((quiet_ms - AFTERMATH_MS) / DOUBLING_MS).min(16.0);
                (AFTERMATH * doublings.exp2()).min(FASTEST)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_rise() {
        let rates: Vec<f64> =
            (0..RATES.len()).map(|i| Tempo::Fixed(i).advance(1.0, 0.0, false)).collect();
        assert!(rates.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(Tempo::Fixed(REAL_TIME).label().as_deref(), Some("1×"));
    }

    #[test]
    fn the_ends_hold() {
        assert_eq!(Tempo::Fixed(0).slower(), Tempo::Fixed(0));
        assert_eq!(Tempo::Fixed(12).faster(), Tempo::Fixed(12));
    }

    #[test]
    fn auto_lingers_on_what_matters_and_hurries_through_silence() {
        let air = Tempo::Auto.advance(16.0, 0.0, true);
        let after = Tempo::Auto.advance(16.0, 100.0, false);
        let later = Tempo::Auto.advance(16.0, 1_500.0, false);
        let idle = Tempo::Auto.advance(16.0, 60_000.0, false);
        assert!(air < after && after < later && later < idle);
        assert!((idle - 64_000.0).abs() < 1.0);
    }
}
