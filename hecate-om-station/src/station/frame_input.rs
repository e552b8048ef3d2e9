//! Frames that reach a station without a connection, for fuzz targets.

use crate::Station;
use crate::frames::frame;
use crate::{relay, session};

#[doc(hidden)]
impl Station {
    /// Handles a frame as if a linked node had sent it on its control stream.
    ///
    /// # Errors
    ///
    /// Returns why the link would be closed.
    ///
    /// # Panics
    ///
    /// If the node is not linked.
    pub fn handle_control_frame(&self, node: &[u8; 32], cbor: &[u8]) -> Result<(), String> {
        let link = self.state.links.get(node).expect("the node is linked");
        session::handle(&self.state, &link, frame(cbor)).map_err(|reason| reason.to_string())
    }

    /// Reads the first frame of a stream that a linked node opens, and returns the called
    /// procedure.
    ///
    /// # Errors
    ///
    /// Returns the code to reset the stream with.
    ///
    /// # Panics
    ///
    /// If the node is not linked.
    pub fn read_stream_open(&self, node: &[u8; 32], cbor: &[u8]) -> Result<String, u64> {
        let link = self.state.links.get(node).expect("the node is linked");
        let request = relay::read_request(&self.state, &link, &frame(cbor));
        request
            .map(|request| request.procedure)
            .map_err(quinn::VarInt::into_inner)
    }

    /// Runs the handshake of a client without a connection, whose TLS exporter is all zeros.
    /// `connect` answers the station's challenge. Returns the client's node id.
    ///
    /// # Errors
    ///
    /// Returns why the client is refused.
    pub fn accept_offline(
        &self,
        opener: &[u8],
        connect: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Result<[u8; 32], String> {
        session::accept_offline(&self.state, opener, connect).map_err(|error| error.to_string())
    }

    /// Returns the certificate of the station's endpoint, in DER.
    #[must_use]
    pub fn leaf(&self) -> &[u8] {
        self.state.credentials.leaf()
    }
}
