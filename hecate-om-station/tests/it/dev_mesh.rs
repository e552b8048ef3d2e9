//! The mesh of this machine: hosted by one process, taken over by another.

use std::path::Path;
use std::process::Stdio;

use hecate_om_station::Profile;
use hecate_om_station::dev_mesh::{DevMesh, DevMeshError, MeshFile};
use macula_rust::cbor::Value;
use macula_rust::pool::{Opts, Pool, Seed};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::clients::{PATIENCE, PROFILE, call, call_until_answered, claim_in, echo, identity};

async fn join(directory: &Path) -> DevMesh {
    DevMesh::join(directory, PROFILE).await.unwrap()
}

/// Connects as another program would: by the mesh file alone.
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

async fn hosting(mesh: &DevMesh) {
    let mut hosting = mesh.watch_hosting();
    let hosts = hosting.wait_for(|hosting| *hosting);
    tokio::time::timeout(PATIENCE, hosts)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_to_join_uses_the_firsts_station_and_takes_it_over() {
    let directory = tempfile::tempdir().unwrap();
    let first = join(directory.path()).await;
    assert!(first.hosting());
    let second = join(directory.path()).await;
    assert!(!second.hosting());
    assert_eq!(second.file(), first.file());
    let written = MeshFile::read(directory.path()).unwrap();
    assert_eq!(written.as_ref(), Some(first.file()));

    let kept = first.file().clone();
    first.close().await;
    hosting(&second).await;
    let written = MeshFile::read(directory.path()).unwrap();
    assert_eq!(written, Some(kept.clone()), "node id, port and realm stay");
    let (pool, _) = connect(&kept).await;
    assert!(pool.find_records(&[0; 32]).await.is_ok());
    second.close().await;

    let third = join(directory.path()).await;
    assert!(third.hosting(), "the lock was let go");
    assert_eq!(third.file(), &kept);
    third.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mesh_dropped_without_closing_lets_another_host() {
    let directory = tempfile::tempdir().unwrap();
    let first = join(directory.path()).await;
    let second = join(directory.path()).await;
    drop(first);
    hosting(&second).await;
    second.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_that_join_at_once_end_with_one_station() {
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
    let said = refused.unwrap_err().to_string();
    assert!(
        said.contains("pq_pure") && said.contains("pq_hybrid"),
        "{said}"
    );
    mesh.close().await;
    // Nor is it replaced once nobody runs it.
    let refused = DevMesh::join(directory.path(), Profile::PqHybrid).await;
    assert!(matches!(refused, Err(DevMeshError::OtherProfile { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mesh_nobody_hosts_moves_off_a_port_another_program_took() {
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
async fn a_damaged_mesh_file_does_not_keep_a_process_from_hosting() {
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
async fn a_member_hears_that_the_mesh_moved() {
    let directory = tempfile::tempdir().unwrap();
    let host = join(directory.path()).await;
    let member = join(directory.path()).await;
    let mut file = member.watch_file();
    assert_eq!(&*file.borrow_and_update(), member.file());
    let mut moved = member.file().clone();
    moved.station.port ^= 1;
    moved.write(directory.path()).unwrap();
    let hears = file.wait_for(|file| *file == moved);
    drop(
        tokio::time::timeout(PATIENCE, hears)
            .await
            .unwrap()
            .unwrap(),
    );
    // What it tells of is dialled again where the station comes back.
    let kept = host.file().clone();
    host.close().await;
    hosting(&member).await;
    assert_eq!(*file.borrow(), kept);
    member.close().await;
}

/// Set for [`a_process_in_the_mesh`] when it is to be one.
const HOST_VARIABLE: &str = "HECATE_TEST_DEV_MESH";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "not a test: the process that the next one starts and kills"]
async fn a_process_in_the_mesh() {
    let directory = std::env::var_os(HOST_VARIABLE).unwrap();
    let mesh = join(Path::new(&directory)).await;
    assert!(mesh.hosting());
    println!("hosting");
    std::future::pending::<()>().await;
}

/// A process that hosts the mesh, once it does.
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
    let up = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains("hosting") {
                return;
            }
        }
        panic!("the process ended");
    };
    tokio::time::timeout(PATIENCE, up).await.unwrap();
    child
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_host_is_taken_over_and_its_clients_come_back_by_themselves() {
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

    // SIGKILL on unix: the process says nothing to anybody.
    host.kill().await.unwrap();
    hosting(&member).await;
    let said = call_until_answered(&caller, &hello).await;
    assert_eq!(said, Value::text("hello"));
    member.close().await;
}
