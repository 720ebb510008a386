//! What the program knows of Kubernetes beside elections: where they are, which rights they need, Events.

#[cfg(not(feature = "kubernetes"))]
mod absent;
#[cfg(feature = "kubernetes")]
mod linked;

#[cfg(not(feature = "kubernetes"))]
pub(crate) use absent::Cluster;
#[cfg(feature = "kubernetes")]
pub(crate) use linked::Cluster;
