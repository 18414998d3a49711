//! The domain and the protocol of Rounds.
