//! The promises of Rounds, tested with real parts.
