//! Who is asking: extractors that a handler names to say who may call it.

mod address;
mod console;
mod device;
mod password;
mod sign_in;

pub use address::Address;
pub(crate) use console::require_console_header;
pub use console::{Administrator, Reviewer, SignedIn, expired_cookie, session_cookie};
pub use device::{DeviceSession, Reader};
pub use password::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, Passwords, check_password};
pub use sign_in::{check_login, plain_login, sign_in, sign_in_code};
