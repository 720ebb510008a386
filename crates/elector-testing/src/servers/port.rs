//! Ports of loopback that stay ours.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::OwnedFd;

use rustix::net::sockopt::set_socket_reuseport;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with};

/// A port of 127.0.0.1 that nobody else gets while this lives, so that a server that was killed can have it again.
///
/// A socket is bound to it and does not listen. A server of the same user listens beside it by `SO_REUSEPORT`.
#[derive(Debug)]
pub(crate) struct Port {
    number: u16,
    _reserved: OwnedFd,
}

impl Port {
    pub(crate) fn reserve() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
        set_socket_reuseport(&socket, true)?;
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
        let address = SocketAddrV4::try_from(getsockname(&socket)?)?;
        Ok(Self { number: address.port(), _reserved: socket })
    }

    pub(crate) fn number(&self) -> u16 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_reserved_port_is_nobody_elses() {
        let port = Port::reserve().unwrap();
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port.number()));
        assert_eq!(taken.unwrap_err().kind(), io::ErrorKind::AddrInUse);
        let number = port.number();
        drop(port);
        TcpListener::bind((Ipv4Addr::LOCALHOST, number)).unwrap();
    }
}
