//! The PROXY protocol: what a load balancer says before the first byte of a connection.

use std::io::{self, ErrorKind};
use std::net::IpAddr;

use proxy_header::{ParseConfig, ProxyHeader};
use tokio::io::{AsyncRead, AsyncReadExt};

/// How version 2 begins.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The longest line of version 1.
const MAX_LINE: usize = 107;
/// The longest header of version 2 that is taken; its extensions may be long.
const MAX_HEADER: usize = 4096;

/// Reads the header, and nothing that comes after it. None: the proxy speaks for
/// itself, to see whether we are well.
pub async fn source(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<IpAddr>> {
    let mut header = vec![0; SIGNATURE.len()];
    stream.read_exact(&mut header).await?;
    if header == SIGNATURE {
        let mut rest = [0; 4];
        stream.read_exact(&mut rest).await?;
        header.extend(rest);
        let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        if length > MAX_HEADER {
            return Err(ErrorKind::InvalidData.into());
        }
        header.resize(header.len() + length, 0);
        let start = header.len() - length;
        stream.read_exact(&mut header[start..]).await?;
    } else {
        while !header.ends_with(b"\r\n") {
            if header.len() == MAX_LINE || !header.starts_with(b"PROXY ") {
                return Err(ErrorKind::InvalidData.into());
            }
            header.push(stream.read_u8().await?);
        }
    }
    let (header, _) = ProxyHeader::parse(&header, ParseConfig::default())
        .map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
    Ok(header.proxied_address().map(|address| address.source.ip().to_canonical()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mut bytes: &[u8]) -> Option<(Option<String>, Vec<u8>)> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let source = runtime.block_on(source(&mut bytes)).ok()?;
        Some((source.map(|ip| ip.to_string()), bytes.to_vec()))
    }

    #[test]
    fn both_versions_are_read_to_their_end() {
        let one = b"PROXY TCP4 192.0.2.9 192.0.2.1 4711 80\r\nGET";
        assert_eq!(read(one), Some((Some("192.0.2.9".to_owned()), b"GET".to_vec())));
        let mut two = SIGNATURE.to_vec();
        two.extend([0x21, 0x11, 0, 12, 192, 0, 2, 9, 192, 0, 2, 1, 1, 2, 0, 80]);
        two.extend(b"GET");
        assert_eq!(read(&two), Some((Some("192.0.2.9".to_owned()), b"GET".to_vec())));
    }

    #[test]
    fn a_proxy_may_speak_for_itself() {
        assert_eq!(read(b"PROXY UNKNOWN\r\nGET"), Some((None, b"GET".to_vec())));
        let local = [&SIGNATURE[..], &[0x20, 0, 0, 0], b"GET"].concat();
        assert_eq!(read(&local), Some((None, b"GET".to_vec())));
    }

    #[test]
    fn anything_else_is_refused() {
        for bytes in [
            &b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"[..],
            b"PROXY TCP4 nonsense\r\n",
            b"PROXY TCP4 192.0.2.9",
            b"",
        ] {
            assert_eq!(read(bytes), None);
        }
        assert_eq!(read(&[&b"PROXY "[..], &[b'a'; 200]].concat()), None);
        assert_eq!(read(&[&SIGNATURE[..], &[0x21, 0x11, 255, 255], &[0; 70_000]].concat()), None);
    }
}
