//! The order to erase: to a revoked device, once everything it has made has its verdict.

use minicbor::{Decode, Encode};

use crate::{
    envelope::{PublicKey, SecretKey, Signature},
    ids::{DeviceId, Epoch},
};

const WIPE_DOMAIN: &str = "rounds v1 wipe";

/// The order, for one device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Wipe {
    /// The log entry that revoked the device.
    #[n(0)]
    revoked: u64,
    /// The server's signature: whoever else says so is not obeyed.
    #[n(1)]
    signature: Signature,
}

impl Wipe {
    /// Orders a device to erase itself.
    pub fn order(device: DeviceId, epoch: Epoch, revoked: u64, key: &SecretKey) -> Self {
        Self { revoked, signature: key.sign(&digest(device, epoch, revoked)) }
    }

    /// Whether the server with this key gave it to this device.
    pub fn is_for(&self, device: DeviceId, epoch: Epoch, server: &PublicKey) -> bool {
        server.signed(&digest(device, epoch, self.revoked), &self.signature)
    }
}

fn digest(device: DeviceId, epoch: Epoch, revoked: u64) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(WIPE_DOMAIN);
    hasher.update(device.as_bytes());
    hasher.update(epoch.as_bytes());
    hasher.update(&revoked.to_be_bytes());
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_to_erase_is_for_one_device_and_from_one_server() {
        let (server, other) = (SecretKey::new([3; 32]), SecretKey::new([4; 32]));
        let (device, epoch) = (DeviceId::new([1; 16]), Epoch::new([2; 16]));
        let order = Wipe::order(device, epoch, 7, &server);
        assert!(order.is_for(device, epoch, &server.public()));
        assert!(!order.is_for(device, epoch, &other.public()));
        assert!(!order.is_for(DeviceId::new([9; 16]), epoch, &server.public()));
        assert!(!order.is_for(device, Epoch::new([9; 16]), &server.public()));
        assert!(!Wipe { revoked: 8, ..order }.is_for(device, epoch, &server.public()));
    }
}
