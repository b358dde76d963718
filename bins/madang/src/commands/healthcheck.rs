//! `madang healthcheck`: asks the server of these settings whether it is ready, without any other tool.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Result, bail};

use crate::settings::Settings;

const TIMEOUT: Duration = Duration::from_secs(3);

pub async fn healthcheck(settings: Settings) -> Result<()> {
    let host = match settings.host {
        IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V4(_) | IpAddr::V6(_) => settings.host,
    };
    let mut stream = TcpStream::connect_timeout(&SocketAddr::new(host, settings.port), TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 200") { Ok(()) } else { bail!("the server is not ready") }
}
