//! The development mesh: hosted by one process, taken over by another.

use std::path::Path;
use std::process::Stdio;

use hecate_om_station::Profile;
use hecate_om_station::dev_mesh::{DevMesh, DevMeshError, MeshFile};
use macula_rust::cbor::Value;
use macula_rust::pool::{Opts, Pool, Seed};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::clients::{PROFILE, TIMEOUT, call, call_until_answered, claim_in, echo, identity};

async fn join(directory: &Path) -> DevMesh {
    DevMesh::join(directory, PROFILE).await.unwrap()
}

/// Connects a client with the mesh file alone.
async fn connect(file: &MeshFile) -> (Pool, [u8; 32]) {
    let realm: [u8; 32] = hex::decode(&file.realm.id).unwrap().try_into().unwrap();
    let seed = Seed {
        host: file.station.host.clone(),
        port: file.station.port,
        node_id: hex::decode(&file.station.node_id)
            .unwrap()
            .try_into()
            .unwrap(),
    };
    let profile = Profile::parse(&file.profile).unwrap();
    let mut opts = Opts::new(identity(profile));
    opts.realm_trust
        .insert(realm, hex::decode(&file.realm.key).unwrap());
    (Pool::connect(vec![seed], opts).await.unwrap(), realm)
}

async fn wait_until_hosting(mesh: &DevMesh) {
    let mut hosting = mesh.watch_hosting();
    let hosts = hosting.wait_for(|hosting| *hosting);
    tokio::time::timeout(TIMEOUT, hosts).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_process_uses_the_station_of_the_first_and_takes_it_over() {
    let directory = tempfile::tempdir().unwrap();
    let first = join(directory.path()).await;
    assert!(first.hosting());
    let second = join(directory.path()).await;
    assert!(!second.hosting());
    assert_eq!(second.file(), first.file());
    let written = MeshFile::read(directory.path()).unwrap();
    assert_eq!(written.as_ref(), Some(first.file()));

    let file = first.file().clone();
    first.close().await;
    wait_until_hosting(&second).await;
    let written = MeshFile::read(directory.path()).unwrap();
    assert_eq!(written, Some(file.clone()), "node id, port and realm stay");
    let (pool, _) = connect(&file).await;
    assert!(pool.find_records(&[0; 32]).await.is_ok());
    second.close().await;

    let third = join(directory.path()).await;
    assert!(third.hosting(), "the lock was not released");
    assert_eq!(third.file(), &file);
    third.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mesh_dropped_without_closing_is_taken_over() {
    let directory = tempfile::tempdir().unwrap();
    let first = join(directory.path()).await;
    let second = join(directory.path()).await;
    drop(first);
    wait_until_hosting(&second).await;
    second.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_joins_start_one_station() {
    let directory = tempfile::tempdir().unwrap();
    let joining: Vec<_> = (0..4)
        .map(|_| {
            let directory = directory.path().to_path_buf();
            tokio::spawn(async move { DevMesh::join(&directory, PROFILE).await.unwrap() })
        })
        .collect();
    let mut meshes = Vec::new();
    for joined in joining {
        meshes.push(joined.await.unwrap());
    }
    let hosts = meshes.iter().filter(|mesh| mesh.hosting()).count();
    assert_eq!(hosts, 1);
    assert!(meshes.iter().all(|mesh| mesh.file() == meshes[0].file()));
    for mesh in meshes {
        mesh.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mesh_of_another_profile_is_refused_naming_both() {
    let directory = tempfile::tempdir().unwrap();
    let mesh = join(directory.path()).await;
    let refused = DevMesh::join(directory.path(), Profile::PqHybrid).await;
    let error = refused.unwrap_err().to_string();
    assert!(
        error.contains("pq_pure") && error.contains("pq_hybrid"),
        "{error}"
    );
    mesh.close().await;
    // Also if no process hosts the mesh.
    let refused = DevMesh::join(directory.path(), Profile::PqHybrid).await;
    assert!(matches!(refused, Err(DevMeshError::OtherProfile { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mesh_without_a_host_moves_if_another_program_took_its_port() {
    let directory = tempfile::tempdir().unwrap();
    let mesh = join(directory.path()).await;
    let before = mesh.file().clone();
    mesh.close().await;
    let addr = (before.station.host.as_str(), before.station.port);
    let _taken = std::net::UdpSocket::bind(addr).unwrap();
    let mesh = join(directory.path()).await;
    assert_ne!(mesh.file().station.port, before.station.port);
    assert_eq!(mesh.file().station.node_id, before.station.node_id);
    mesh.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_mesh_file_is_replaced_by_the_next_host() {
    let directory = tempfile::tempdir().unwrap();
    let mesh = join(directory.path()).await;
    let before = mesh.file().clone();
    mesh.close().await;
    std::fs::write(directory.path().join(MeshFile::NAME), b"{ no").unwrap();
    let mesh = join(directory.path()).await;
    assert_eq!(mesh.file(), &before);
    assert_eq!(MeshFile::read(directory.path()).unwrap(), Some(before));
    mesh.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_notified_when_the_mesh_moves() {
    let directory = tempfile::tempdir().unwrap();
    let host = join(directory.path()).await;
    let member = join(directory.path()).await;
    let mut file = member.watch_file();
    assert_eq!(&*file.borrow_and_update(), member.file());
    let mut moved = member.file().clone();
    moved.station.port ^= 1;
    moved.write(directory.path()).unwrap();
    let changed = file.wait_for(|file| *file == moved);
    drop(
        tokio::time::timeout(TIMEOUT, changed)
            .await
            .unwrap()
            .unwrap(),
    );
    // The member takes over at the original address.
    let original = host.file().clone();
    host.close().await;
    wait_until_hosting(&member).await;
    assert_eq!(*file.borrow(), original);
    member.close().await;
}

/// The directory of [`a_process_in_the_mesh`].
const HOST_VARIABLE: &str = "HECATE_TEST_DEV_MESH";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "not a test: the helper process of the next test, which runs it by name and kills it"]
async fn a_process_in_the_mesh() {
    let directory = std::env::var_os(HOST_VARIABLE).unwrap();
    let mesh = join(Path::new(&directory)).await;
    assert!(mesh.hosting());
    println!("hosting");
    std::future::pending::<()>().await;
}

/// Starts a process and waits until it hosts the mesh.
async fn host_process(directory: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "dev_mesh::a_process_in_the_mesh"])
        .args(["--ignored", "--nocapture"])
        .env(HOST_VARIABLE, directory)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let started = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains("hosting") {
                return;
            }
        }
        panic!("the process exited");
    };
    tokio::time::timeout(TIMEOUT, started).await.unwrap();
    child
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_host_is_taken_over_and_its_clients_link_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut host = host_process(directory.path()).await;
    let member = join(directory.path()).await;
    assert!(!member.hosting());
    let (provider, realm) = connect(member.file()).await;
    let (caller, _) = connect(member.file()).await;
    let name = &member.file().realm.name;
    claim_in(&provider, realm, name, "acme").await.unwrap();
    let _served = provider.serve(echo(realm, "acme/echo")).await.unwrap();
    let hello = call(realm, "acme/echo", Value::text("hello"));
    assert_eq!(caller.call(hello.clone()).await, Ok(Value::text("hello")));

    // SIGKILL on Unix: the process sends nothing more.
    host.kill().await.unwrap();
    wait_until_hosting(&member).await;
    let response = call_until_answered(&caller, &hello).await;
    assert_eq!(response, Value::text("hello"));
    member.close().await;
}
