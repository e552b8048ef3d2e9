//! A link without macula-rust's client, to send any frame.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use macula_rust::binding::SignedTbs;
use macula_rust::handshake::{self, ClientSession, Exporter, Ranges};
use macula_rust::node_key::NodeKey;
use macula_rust::statement_issuer::StatementIssuer;
use macula_rust::transport::{Dialed, Target, dial_target};
use quinn::{RecvStream, SendStream};

/// A failed link.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// A client's link to a station.
pub struct RawLink {
    /// The client's key.
    pub key: Arc<NodeKey>,
    /// The connection.
    pub dialed: Dialed,
    /// The status statement of the client's CONNECT.
    pub status: SignedTbs,
    /// Sends on the control stream.
    pub send: SendStream,
    /// Receives on the control stream.
    pub recv: RecvStream,
}

/// A connection to a station that has sent its challenge.
pub struct ChallengedLink {
    /// The challenge.
    pub challenge: Vec<u8>,
    target: Target,
    dialed: Dialed,
    send: SendStream,
    recv: RecvStream,
}

/// A CONNECT, and what its HELLO must prove.
pub struct Connect {
    frame: Vec<u8>,
    proved: handshake::Station,
    status: SignedTbs,
}

impl ChallengedLink {
    /// Connects to a station, up to its challenge.
    ///
    /// # Errors
    ///
    /// If the station cannot be reached.
    pub async fn dial(target: &Target) -> Result<Self, Error> {
        let dialed = dial_target(target).await?;
        let (mut send, mut recv) = dialed.connection.open_bi().await?;
        let ranges = Ranges::supported(target.profile);
        write_frame(&mut send, &handshake::opener(&ranges)).await?;
        Ok(Self {
            challenge: read_frame(&mut recv).await?,
            target: target.clone(),
            dialed,
            send,
            recv,
        })
    }

    /// Answers a challenge of the station with a proof for this connection.
    ///
    /// # Errors
    ///
    /// If the challenge is not one of the station, or the key cannot sign.
    pub fn answer(&self, key: &Arc<NodeKey>, challenge: &[u8]) -> Result<Connect, Error> {
        let issuer = StatementIssuer::with_wall_clock(Arc::clone(key))?;
        let material = issuer.connect_material()?;
        let connection = self.dialed.connection.clone();
        let export: Box<Exporter> = Box::new(move |label, context, length| {
            let mut out = vec![0; length];
            connection
                .export_keying_material(&mut out, label.as_bytes(), context)
                .ok()?;
            Some(out)
        });
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let session = ClientSession {
            profile: self.target.profile,
            expected_node_id: self.target.expected_node_id,
            leaf: &self.dialed.leaf,
            identity_key: key.public_key(),
            connect_key: &material.key,
            connect_binding: &material.binding,
            connect_status: &material.status,
            capabilities: 0,
            now_ms: i64::try_from(now.as_millis())?,
            member_endorsement: Vec::new(),
            ranges: Ranges::supported(self.target.profile),
            floor: &|_| 0,
            export: export.as_ref(),
        };
        let (frame, proved) = handshake::answer_challenge(challenge, &session)?;
        Ok(Connect {
            frame,
            proved,
            status: material.status,
        })
    }

    /// Sends the CONNECT, and verifies the HELLO that answers it.
    ///
    /// # Errors
    ///
    /// If the station refuses the handshake (a [`handshake::HandshakeError`]).
    pub async fn connect(&mut self, connect: &Connect) -> Result<(), Error> {
        write_frame(&mut self.send, &connect.frame).await?;
        let hello = read_frame(&mut self.recv).await?;
        handshake::read_hello(&hello, &connect.proved)?;
        Ok(())
    }
}

impl RawLink {
    /// Links a client with this key to a station.
    ///
    /// # Errors
    ///
    /// If the station cannot be reached, or refuses the handshake.
    pub async fn new(target: &Target, key: Arc<NodeKey>) -> Result<Self, Error> {
        let mut link = ChallengedLink::dial(target).await?;
        let connect = link.answer(&key, &link.challenge)?;
        link.connect(&connect).await?;
        Ok(Self {
            key,
            dialed: link.dialed,
            status: connect.status,
            send: link.send,
            recv: link.recv,
        })
    }
}

impl fmt::Debug for ChallengedLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChallengedLink").finish_non_exhaustive()
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect").finish_non_exhaustive()
    }
}

impl fmt::Debug for RawLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawLink").finish_non_exhaustive()
    }
}

/// Writes a frame: its length, and its CBOR.
///
/// # Errors
///
/// If the stream has ended, or the frame is longer than 4 GiB.
pub async fn write_frame(send: &mut SendStream, cbor: &[u8]) -> Result<(), Error> {
    let length = u32::try_from(cbor.len())?;
    send.write_all(&length.to_be_bytes()).await?;
    send.write_all(cbor).await?;
    Ok(())
}

/// Reads a frame, and returns its CBOR.
///
/// # Errors
///
/// If the stream ends before the frame.
pub async fn read_frame(recv: &mut RecvStream) -> Result<Vec<u8>, Error> {
    let mut length = [0; 4];
    recv.read_exact(&mut length).await?;
    let mut cbor = vec![0; u32::from_be_bytes(length) as usize];
    recv.read_exact(&mut cbor).await?;
    Ok(cbor)
}
