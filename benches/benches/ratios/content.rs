//! Fetching a content, compared with `macula-rust` and with a copy over TLS.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use hecate_om::content::Content;
use hecate_om_benches::{Table, timed};
use hecate_om_test_support::TestPki;
use macula_rust::manifest::Mcid;
use macula_rust::pool::ContentOptions;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};
use tokio::runtime::Runtime;

use crate::bare::Node;
use crate::calls::size;
use crate::world::{World, client};

const MIB: usize = 1024 * 1024;
/// Sizes; a quick run leaves out the largest.
const SIZES: [usize; 2] = [MIB, 100 * MIB];

/// Fetches contents from two sharers, each in its own process, and copies as many bytes over TLS.
pub(crate) fn content(table: &mut Table, runtime: &Runtime) {
    let sizes = SIZES.len() - usize::from(table.is_quick());
    let world = World::start();
    let _trial = world.service("hecate-trial");
    let mut sharer = world.bare("bare");
    let client = runtime.block_on(client(&world.state()));
    let bare = runtime.block_on(Node::connect(&world.mesh_folder()));
    let tls = Tls::start();
    for bytes in SIZES.into_iter().take(sizes) {
        let sharing = client.mesh().procedure("hecate-trial/trial.share");
        let shared: Content = runtime
            .block_on(async { sharing.call(&bytes).await })
            .expect("the content is shared");
        let id = sharer.ask(&format!("share {bytes}"));
        let id = hex::decode(id).ok().and_then(|id| Mcid::try_from(id).ok());
        let id = id.expect("a content id");
        let ours = || {
            timed(|| {
                let fetched = runtime.block_on(async { shared.clone().fetch(client.mesh()).await });
                assert_eq!(fetched.expect("it is shared").len(), bytes);
            })
        };
        let row = table.row(format!("fetch of {} (macula-rust)", size(bytes)));
        row.goal(0.97).slow().throughput(bytes as u64, ours, || {
            timed(|| {
                let options = ContentOptions::default();
                let fetched = bare.pool.get_content(&bare.realm, &id, options);
                let fetched = runtime.block_on(fetched);
                assert_eq!(fetched.expect("it is shared").len(), bytes);
            })
        });
        let row = table.row(format!("fetch of {} (copy over TLS)", size(bytes)));
        row.slow()
            .throughput(bytes as u64, ours, || tls.copy(bytes));
    }
    runtime.block_on(client.close());
}

/// Server that sends as many bytes as it is asked for, over TLS 1.3.
struct Tls {
    address: SocketAddr,
    config: Arc<ClientConfig>,
}

impl Tls {
    fn start() -> Self {
        let pki = TestPki::new();
        let issued = pki.issue_for_servers(&["localhost"], 1);
        let der =
            |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
        let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).expect("a key");
        let provider = Arc::new(aws_lc_rs::default_provider());
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("the TLS versions are supported")
            .with_no_client_auth()
            .with_single_cert(vec![der(&issued.cert), der(&pki.org_ca())], key)
            .expect("a certificate and its key");
        let mut roots = RootCertStore::empty();
        roots.add(der(&pki.realm_ca())).expect("a root");
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the TLS versions are supported")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let server = Arc::new(server);
        thread::spawn(move || {
            for socket in listener.incoming() {
                let connection = ServerConnection::new(Arc::clone(&server)).expect("a session");
                let socket = socket.expect("a connection");
                send(StreamOwned::new(connection, socket));
            }
        });
        Self {
            address,
            config: Arc::new(client),
        }
    }

    /// Copies `bytes` bytes over a new connection.
    fn copy(&self, bytes: usize) -> Duration {
        timed(|| {
            let name = ServerName::try_from("localhost").expect("a name");
            let connection = ClientConnection::new(Arc::clone(&self.config), name);
            let socket = TcpStream::connect(self.address).expect("it listens");
            let mut stream = StreamOwned::new(connection.expect("a session"), socket);
            stream.write_all(&bytes.to_le_bytes()).expect("it reads");
            let mut content = vec![0; bytes];
            stream.read_exact(&mut content).expect("all is sent");
        })
    }
}

fn send(mut stream: StreamOwned<ServerConnection, TcpStream>) {
    let mut bytes = [0; size_of::<usize>()];
    stream.read_exact(&mut bytes).expect("a number is sent");
    let content = vec![7; usize::from_le_bytes(bytes)];
    stream.write_all(&content).expect("the client reads");
    stream.flush().expect("the client reads");
}
