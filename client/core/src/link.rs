//! The server as the app sees it: what can be asked of it, over whatever there is between them.

use rounds_shared::{
    ids::PhotoHash,
    protocol::{
        Dictionary, EnrolReply, EnrolRequest, RecoveryReply, RecoveryRequest, RepairReply, RepairRequest,
        ServerInfo, SyncReply, SyncRequest,
    },
};

use crate::failure::Failure;

/// Makes a link to the server at an address.
pub type Links = Box<dyn Fn(&str) -> Box<dyn Link> + Send + Sync>;

/// A server that can be reached, or not.
pub trait Link {
    /// Whom we are talking to.
    ///
    /// # Errors
    /// When it cannot be reached or is no Rounds server.
    fn info(&self) -> Result<ServerInfo, Failure>;

    /// Signs a person and a device in.
    ///
    /// # Errors
    /// When it cannot be reached, or says no.
    fn enrol(&self, request: &EnrolRequest) -> Result<EnrolReply, Failure>;

    /// Asks for the key of what a person has on this device.
    ///
    /// # Errors
    /// When it cannot be reached, or says no.
    fn recover(&self, request: &RecoveryRequest) -> Result<RecoveryReply, Failure>;

    /// One round trip. The dictionary is what the request may be packed with.
    ///
    /// # Errors
    /// When nothing came back: what was sent may have arrived all the same.
    fn sync(
        &self,
        token: &str,
        request: &SyncRequest,
        dictionary: Option<&Dictionary>,
    ) -> Result<SyncReply, Failure>;

    /// One round of a comparison.
    ///
    /// # Errors
    /// When nothing came back.
    fn repair(&self, token: &str, request: &RepairRequest) -> Result<RepairReply, Failure>;

    /// Brings a photo's bytes over, going on at the place where an earlier attempt was cut; `keep` remembers the place
    /// of this one.
    ///
    /// # Errors
    /// When not all of it is there.
    fn photo(
        &self,
        token: &str,
        hash: PhotoHash,
        bytes: &[u8],
        begun: Option<&str>,
        keep: &dyn Fn(&str) -> Result<(), Failure>,
    ) -> Result<(), Failure>;

    /// Fetches a photo's bytes, whoever took it.
    ///
    /// # Errors
    /// When they did not come, or this person may not see them.
    fn fetch(&self, token: &str, hash: PhotoHash) -> Result<Vec<u8>, Failure>;
}
