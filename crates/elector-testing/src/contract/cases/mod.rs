//! The cases, by what they are about.

pub mod acquire;
pub mod corrupt;
pub mod elected;
pub mod expiry;
pub mod observed;
pub mod release;
pub mod renew;
pub mod request;
pub mod token;
pub mod traces;
pub mod watch;

use super::{Case, Need};
use crate::Tamper;

#[doc(hidden)]
#[macro_export]
macro_rules! __contract_table {
    ({} $($module:ident::$name:ident [$($need:expr),*];)*) => {
        &[$(Case {
            name: stringify!($name),
            needs: &[$($need),*],
            run: |stage| Box::pin($module::$name(stage)),
        }),*]
    };
}

/// Every case.
pub const ALL: &[Case] = crate::__contract_cases! { __contract_table {} };
