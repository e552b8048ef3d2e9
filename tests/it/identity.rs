//! The node key: saved, refused by name, and never changed.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use hecate_om_tests::{Answer, Sandbox, Service, binary};

use crate::refusals::refused;

/// Configures a service to use the keys in `secrets` and no mesh.
fn without_mesh(machine: &Sandbox, command: &mut Command) {
    command
        .env("HECATE_MESH", "optional")
        .env("HECATE_PROFILE", "pq_pure")
        .env("HECATE_HEALTH_ADDR", "127.0.0.1")
        .env("HECATE_SECRETS_DIR", machine.path().join("secrets"))
        .env("HECATE_STATE_DIR", machine.path().join("state"));
}

fn boot(machine: &Sandbox, environment: &[(&str, &str)]) -> Answer {
    let mut command = machine.service("hecate-trial");
    without_mesh(machine, &mut command);
    machine.run(command.envs(environment.iter().copied()))
}

/// Boots a service, so that it generates its key, and stops it.
fn generated_key(machine: &Sandbox) -> Vec<u8> {
    let mut command = machine.service("hecate-trial");
    without_mesh(machine, &mut command);
    let service = Service::start(&mut command);
    service.process.signal("TERM");
    assert_eq!(service.process.end().0.code(), Some(0));
    std::fs::read(machine.path().join("secrets/identity.key")).expect("a key was generated")
}

fn permit(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        .expect("the mode can be set");
}

#[test]
fn each_unusable_key_refuses_boot_by_name_and_is_not_changed() {
    let machine = Sandbox::new();
    let key_bytes = generated_key(&machine);
    let key = machine.path().join("secrets/identity.key");
    let mode = |key: &Path| std::fs::metadata(key).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&key), 0o600);

    let other_profile = boot(&machine, &[("HECATE_PROFILE", "pq_hybrid")]);
    refused(
        &other_profile,
        &[
            "`identity`: identity_key_wrong_profile: ",
            "HECATE_PROFILE=pq_pure",
        ],
    );
    assert_eq!(std::fs::read(&key).unwrap(), key_bytes);

    permit(&key, 0o640);
    refused(
        &boot(&machine, &[]),
        &["`identity`: identity_key_unloadable: "],
    );
    assert_eq!(
        (std::fs::read(&key).unwrap(), mode(&key)),
        (key_bytes, 0o640)
    );

    permit(&key, 0o600);
    std::fs::write(&key, "corrupt").unwrap();
    refused(
        &boot(&machine, &[]),
        &[
            "`identity`: identity_key_unloadable: ",
            "identity.key",
            "restore it from a backup",
        ],
    );
    assert_eq!(std::fs::read_to_string(&key).unwrap(), "corrupt");

    std::fs::remove_file(&key).unwrap();
    std::fs::create_dir(&key).unwrap();
    refused(
        &boot(&machine, &[]),
        &["`identity`: identity_key_unloadable: "],
    );
    assert_eq!(std::fs::read_dir(&key).unwrap().count(), 0);
}

#[test]
fn a_key_that_cannot_be_saved_refuses_boot_and_leaves_no_file() {
    let machine = Sandbox::new();
    // A file in place of the folder: not even root can create the key there.
    std::fs::write(machine.path().join("secrets"), "a file").unwrap();
    refused(
        &boot(&machine, &[]),
        &["`identity`: identity_key_unsaveable: ", "writable"],
    );
    let left = std::fs::read_to_string(machine.path().join("secrets")).unwrap();
    assert_eq!(left, "a file");
}

/// Returns whether a process may mount a folder in its own namespace, which needs no privileges if
/// user namespaces are allowed.
#[cfg(target_os = "linux")]
fn may_mount(machine: &Sandbox) -> bool {
    let mut command = machine.command("unshare");
    let command = command.args(["--map-root-user", "--mount", "true"]);
    command.output().is_ok_and(|tried| tried.status.success())
}

/// Returns a trial with a folder that it cannot write to, as in a container with
/// `Volume=…:/etc/hecate/secrets:ro`. Without permission to mount, the folder's mode and missing
/// capabilities prevent writes, even by root.
#[cfg(target_os = "linux")]
fn read_only(machine: &Sandbox, secrets: &Path, mounted: bool) -> Command {
    const MOUNT: &str =
        "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && exec \"$2\"";
    const PROTECT: &str = "chmod 500 \"$1\" && case $(id -u) in \
        0) exec setpriv --bounding-set -dac_override \"$2\" ;; *) exec \"$2\" ;; esac";
    let mut command;
    if mounted {
        command = machine.command("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", MOUNT]);
    } else {
        command = machine.command("sh");
        command.args(["-c", PROTECT]);
    }
    command
        .arg("sh")
        .args([secrets, &binary("hecate-trial")])
        .env("HECATE_HEALTH_PORT", "0")
        .env("HECATE_LOG_FORMAT", "text");
    without_mesh(machine, &mut command);
    command
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_read_only_mount_a_key_is_loaded_but_not_created() {
    let machine = Sandbox::new();
    let mounted = may_mount(&machine);
    let why = if mounted {
        "Read-only"
    } else {
        eprintln!(
            "`unshare --map-root-user --mount` is not allowed here, so the folder is not mounted \
                 read-only but made unwritable: allow unprivileged user namespaces to test the mount"
        );
        "Permission denied"
    };
    let secrets = machine.path().join("secrets");
    std::fs::create_dir(&secrets).unwrap();
    permit(&secrets, 0o700);
    let none = machine.run(&mut read_only(&machine, &secrets, mounted));
    refused(
        &none,
        &["`identity`: identity_key_unsaveable: ", why, "writable"],
    );
    assert_eq!(std::fs::read_dir(&secrets).unwrap().count(), 0);

    permit(&secrets, 0o700);
    let key_bytes = generated_key(&machine);
    let service = Service::start(&mut read_only(&machine, &secrets, mounted));
    service.process.signal("TERM");
    assert_eq!(service.process.end().0.code(), Some(0));
    assert_eq!(
        std::fs::read(secrets.join("identity.key")).unwrap(),
        key_bytes
    );
    // Allow the sandbox to remove the folder.
    permit(&secrets, 0o700);
}
