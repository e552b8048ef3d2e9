//! The text of the units.
//!
//! Their keys are those of Podman 5.4. The template of `scaffold` holds the same text for `cargo generate`; a test holds
//! the two together.

use super::escape::escape;
use super::needs::Needs;

/// How often systemd wants to hear from the service.
const WATCHDOG_SECONDS: u64 = 30;
/// The most that a drain takes, and some seconds: 10 s to withdraw, 30 s for the calls in flight (`HECATE_DRAIN_MAX`),
/// 15 s to share nothing more, 10 s for the service's own `stop`, 5 s for facts on their way, 5 s for the stations'
/// goodbye, 10 s to pass a development mesh on.
const STOP_SECONDS: u64 = 90;
/// The user in the image, `nonroot` in distroless ones.
const USER: u32 = 65532;

/// The unit of the machine.
pub(super) fn system(needs: &Needs) -> String {
    let Needs { name, image, .. } = needs;
    let mut text = Lines::default();
    text.say("# Written by `hecate-om quadlet` from manifest.json. What this machine has otherwise goes into a drop-in:");
    text.say(&format!(
        "# /etc/containers/systemd/{name}.container.d/*.conf"
    ));
    text.say("[Unit]");
    text.set("Description", &escape(&needs.description));
    text.set("Wants", "network-online.target");
    text.set("After", "network-online.target");
    for unit in &needs.depends_on {
        text.set("After", &format!("{unit}.service"));
    }
    text.section("Container");
    text.set("ContainerName", name);
    text.set("Image", &format!("{image}:main"));
    text.set(
        "AutoUpdate",
        if image.starts_with("localhost/") {
            "local"
        } else {
            "registry"
        },
    );
    text.say("# The stations are reached by IPv6, which Podman's default bridge does not have.");
    text.set("Network", "host");
    text.set("EnvironmentFile", &format!("/etc/hecate/{name}.env"));
    text.environment("HECATE_HEALTH_ADDR", "127.0.0.1");
    text.environment("HECATE_HEALTH_PORT", &needs.health_port.to_string());
    for mount in &needs.mounts {
        let options = if mount.own { ":Z,U" } else { "" };
        text.set(
            "Volume",
            &format!("{}:{}{options}", mount.host, mount.inside),
        );
    }
    confine(&mut text);
    text.say("# The service itself says that it is ready.");
    text.set("Notify", "true");
    text.say("# Podman passes the socket into the container, but not how often systemd wants to hear from it (WatchdogSec).");
    watch(&mut text);
    text.say("# Asks /health/live: it fails where the runtime is stuck, and not where the service is merely degraded.");
    probe(&mut text, name);
    text.say("# Above what a drain takes at most: HECATE_DRAIN_MAX, 30 s by default, and 60 s around it. Who sets that");
    text.say("# higher, sets this and TimeoutStopSec higher by as much.");
    text.set("StopTimeout", &STOP_SECONDS.to_string());
    text.section("Service");
    let own = needs.mounts.iter().filter(|mount| mount.own);
    let own: Vec<&str> = own.map(|mount| mount.host.as_str()).collect();
    if !own.is_empty() {
        text.say("# Not StateDirectory, which systemd gives back to root as it begins to stop the unit: a drain could keep nothing.");
        text.set(
            "ExecStartPre",
            &format!(
                "/usr/bin/install --directory --mode=0700 --owner={USER} --group={USER} {}",
                own.join(" ")
            ),
        );
    }
    text.set("Restart", "always");
    text.set("RestartSec", "10");
    text.set("WatchdogSec", &WATCHDOG_SECONDS.to_string());
    text.say("# The first start fetches the image.");
    text.set("TimeoutStartSec", "300");
    stop_and_limits(&mut text, needs);
    text.section("Install");
    text.set("WantedBy", "multi-user.target");
    text.0
}

/// The unit of a user, on the development mesh.
pub(super) fn development(needs: &Needs) -> String {
    let name = &needs.name;
    let mut text = Lines::default();
    text.say("# Written by `hecate-om quadlet` from manifest.json: the service on the development mesh of this machine, for");
    text.say("# `systemctl --user`. Build the image as README.md shows, with that mesh in it:");
    text.say(&format!(
        "# --build-arg FEATURES=dev-mesh --tag localhost/{name}:dev"
    ));
    text.say("[Unit]");
    text.set(
        "Description",
        &escape(&format!("{} (development)", needs.description)),
    );
    text.section("Container");
    text.set("ContainerName", &format!("{name}-dev"));
    text.set("Image", &format!("localhost/{name}:dev"));
    text.set("Pull", "never");
    text.set("Network", "host");
    text.environment("HECATE_MESH", "dev");
    text.environment("HECATE_HEALTH_PORT", &needs.health_port.to_string());
    text.say("# The folder of this user's services, with the mesh they share; in it, the user is the one who owns it outside.");
    text.environment("XDG_STATE_HOME", "/state");
    text.set("Volume", "%h/.local/state/hecate:/state/hecate:z");
    text.set("UserNS", &format!("keep-id:uid={USER},gid={USER}"));
    confine(&mut text);
    text.set("Notify", "true");
    watch(&mut text);
    probe(&mut text, name);
    text.set("StopTimeout", &STOP_SECONDS.to_string());
    text.section("Service");
    text.set("ExecStartPre", "/usr/bin/mkdir -p %h/.local/state/hecate");
    text.set("Restart", "on-failure");
    text.set("RestartSec", "10");
    text.set("WatchdogSec", &WATCHDOG_SECONDS.to_string());
    stop_and_limits(&mut text, needs);
    text.section("Install");
    text.set("WantedBy", "default.target");
    text.0
}

fn confine(text: &mut Lines) {
    text.set("User", &USER.to_string());
    text.set("Group", &USER.to_string());
    text.set("ReadOnly", "true");
    text.set("NoNewPrivileges", "true");
    text.set("DropCapability", "all");
}

fn watch(text: &mut Lines) {
    let micros = WATCHDOG_SECONDS * 1_000_000;
    text.environment("WATCHDOG_USEC", &micros.to_string());
}

fn probe(text: &mut Lines, name: &str) {
    // As a list: a text would need a shell, which the image has none of.
    text.set("HealthCmd", &format!(r#"["/{name}","healthcheck"]"#));
    text.set("HealthInterval", "30s");
    text.set("HealthTimeout", "10s");
    text.set("HealthRetries", "3");
    text.set("HealthStartPeriod", "60s");
    text.set("HealthOnFailure", "kill");
}

fn stop_and_limits(text: &mut Lines, needs: &Needs) {
    text.say("# After a stop there is nothing left to remove; what the watchdog ends hears no SIGTERM, and is not waited for.");
    text.set(
        "ExecStopPost",
        "-/usr/bin/podman rm --force --volumes --ignore --time=0 --cidfile=%t/%N.cid",
    );
    // Podman must have ended before systemd does.
    text.set("TimeoutStopSec", &(STOP_SECONDS + 15).to_string());
    if let Some(memory) = &needs.memory {
        text.set("MemoryMax", memory);
    }
    if let Some(tasks) = needs.tasks {
        text.set("TasksMax", &tasks.to_string());
    }
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn say(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn set(&mut self, key: &str, value: &str) {
        self.say(&format!("{key}={value}"));
    }

    fn environment(&mut self, variable: &str, value: &str) {
        self.say(&format!("Environment={variable}={value}"));
    }

    fn section(&mut self, name: &str) {
        self.say(&format!("\n[{name}]"));
    }
}
