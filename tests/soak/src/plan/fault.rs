//! Kinds of faults, and what each of them happens to.

use std::fmt;

use super::Random;

/// The services, by name and incarnation's folder: two replicas of one org, and another org.
pub const SERVICES: [&str; 3] = ["alpha-1", "alpha-2", "beta-1"];
/// The callers in Rust.
pub const RUST_CALLERS: [&str; 2] = ["c1", "c2"];
/// The caller in Python.
pub const PYTHON_CALLER: &str = "py";
/// The service with a certificate.
pub const CERTIFIED: &str = "beta-1";
/// The processes whose clock can be set.
pub const SET_CLOCKS: [&str; 2] = ["alpha-2", "c2"];
/// The stations, both in one process.
pub const STATIONS: [&str; 2] = ["a", "b"];

/// The services that are linked to one station: on one link, facts have an order, and none is lost
/// without a gap.
const SINGLE: [&str; 2] = ["alpha-2", "beta-1"];

/// Returns the stations that a node is linked to.
#[must_use]
pub fn homes(name: &str) -> &'static [&'static str] {
    if SINGLE.contains(&name) {
        &STATIONS[..1]
    } else {
        &STATIONS
    }
}

/// A fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// To what.
    pub target: String,
    /// The start, in milliseconds after the start of the round.
    pub at_ms: u64,
    /// The length, in milliseconds.
    pub for_ms: u64,
}

/// What a kind of fault can happen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A service.
    Service,
    /// A caller in Rust.
    Caller,
    /// The path of a service or a caller to its stations.
    Path,
    /// The process of the stations.
    StationProcess,
    /// One station.
    Station,
    /// The realm.
    Realm,
    /// A process whose clock can be set.
    Clock,
    /// The service certificate.
    Certificate,
    /// The disk with keys and state.
    Disk,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $target:ident, $low:literal..$high:literal;)*) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FaultKind {
            $($(#[$doc])* $variant,)*
        }

        impl FaultKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Returns what it can happen to.
            #[must_use]
            pub const fn target(self) -> Target {
                match self { $(Self::$variant => Target::$target),* }
            }

            /// Returns the shortest and the longest length, in milliseconds.
            const fn length(self) -> (u64, u64) {
                match self { $(Self::$variant => ($low, $high)),* }
            }
        }
    };
}

kinds! {
    /// `kill -9`, and a restart at the end.
    Kill = "kill", Service, 200..8_000;
    /// SIGTERM, and a restart once the process has ended.
    Term = "term", Service, 200..3_000;
    /// SIGTERM and soon another one, and a restart.
    TermTwice = "term_twice", Service, 200..3_000;
    /// SIGTERM while calls run that do not end, and a restart.
    TermBusy = "term_busy", Service, 200..3_000;
    /// SIGSTOP, and SIGCONT at the end: links may have timed out meanwhile.
    Stop = "stop", Service, 1_000..40_000;
    /// The same for a caller.
    StopCaller = "stop_caller", Caller, 1_000..15_000;
    /// `kill -9` of a caller, and a restart.
    KillCaller = "kill_caller", Caller, 200..3_000;
    /// SIGSTOP of the stations.
    StopStations = "stop_stations", StationProcess, 1_000..12_000;
    /// `kill -9` of the stations, and a restart with the same keys.
    KillStations = "kill_stations", StationProcess, 500..10_000;
    /// The stations are killed, and others with new keys have their ports until the end.
    NewStationKeys = "new_station_keys", StationProcess, 5_000..25_000;
    /// One station closes, and opens again.
    CloseStation = "close_station", Station, 500..8_000;
    /// One station closes and opens again five times.
    FlapStation = "flap_station", Station, 500..1_000;
    /// No datagram arrives.
    Cut = "cut", Path, 2_000..30_000;
    /// A third of the datagrams is lost.
    Lose = "lose", Path, 3_000..15_000;
    /// Each datagram takes 200 ms longer.
    Delay = "delay", Path, 3_000..15_000;
    /// Each datagram arrives twice.
    Duplicate = "duplicate", Path, 3_000..15_000;
    /// No datagram of the node arrives at the station.
    CutRequests = "cut_requests", Path, 2_000..20_000;
    /// No datagram of the station arrives at the node.
    CutReplies = "cut_replies", Path, 2_000..20_000;
    /// The realm revokes an org's admissions, and admits again at the end.
    Revoke = "revoke", Realm, 6_000..12_000;
    /// The realm lets claims wait.
    Pending = "pending", Realm, 2_000..10_000;
    /// The realm refuses claims.
    Refuse = "refuse", Realm, 2_000..10_000;
    /// The process may open no further file or socket.
    Descriptors = "descriptors", Service, 2_000..10_000;
    /// Nobody reads standard error.
    Stderr = "stderr", Service, 3_000..15_000;
    /// The clock of the process is 90 s ahead.
    ClockForward = "clock_forward", Clock, 3_000..12_000;
    /// The clock of the process is 90 s behind.
    ClockBack = "clock_back", Clock, 3_000..12_000;
    /// The clock of the process is an hour ahead.
    ClockFar = "clock_far", Clock, 3_000..12_000;
    /// A new service certificate is installed.
    CertRenew = "cert_renew", Certificate, 1_000..8_000;
    /// The file of the service certificate is half written.
    CertHalf = "cert_half", Certificate, 3_000..12_000;
    /// The service certificate expires.
    CertExpired = "cert_expired", Certificate, 26_000..30_000;
    /// The disk with keys and state is full.
    FullDisk = "full_disk", Disk, 3_000..15_000;
    /// The stations receive datagrams that are no packets.
    Garbage = "garbage", StationProcess, 1_000..3_000;
    /// A client sends malformed frames to the stations, and stops at every step of a link.
    MalformedFrames = "malformed_frames", StationProcess, 2_000..6_000;
    /// A handler blocks its thread.
    Block = "block", Service, 1_000..8_000;
    /// The service publishes thousands of facts at once.
    Flood = "flood", Service, 1_000..3_000;
    /// A caller makes hundreds of calls at once.
    Burst = "burst", Caller, 1_000..3_000;
}

impl FaultKind {
    /// Returns whether the fault must not be noticed by callers of an org with two replicas.
    #[must_use]
    pub const fn is_gentle(self) -> bool {
        matches!(self, Self::Term | Self::Garbage | Self::MalformedFrames)
    }

    /// Returns whether the fault needs the process of the stations. Facts of a flood that lost their
    /// station would be sent again, without an order.
    pub(super) const fn needs_stations(self) -> bool {
        let is_attack = matches!(self, Self::Garbage | Self::MalformedFrames);
        let target = self.target();
        let is_flood = matches!(self, Self::Flood);
        is_flood
            || !is_attack
                && matches!(
                    target,
                    Target::StationProcess | Target::Station | Target::Realm
                )
    }

    /// Returns the longest length, in milliseconds.
    pub(super) const fn longest(self) -> u64 {
        self.length().1
    }

    /// Returns whether everything works again soon after the fault, in the same processes.
    pub(super) const fn is_short(self) -> bool {
        matches!(
            self,
            Self::Stop
                | Self::StopCaller
                | Self::Lose
                | Self::Delay
                | Self::Duplicate
                | Self::Block
                | Self::Burst
                | Self::Stderr
                | Self::CertRenew
        )
    }

    /// Returns the kind with this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl Target {
    /// Returns the names of what it can be.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        match self {
            Self::Service => SERVICES.to_vec(),
            Self::Caller => RUST_CALLERS.to_vec(),
            Self::Path => SERVICES.into_iter().chain(RUST_CALLERS).collect(),
            Self::StationProcess => vec!["stations"],
            Self::Station => STATIONS.to_vec(),
            Self::Realm => vec!["alpha", "beta"],
            Self::Clock => SET_CLOCKS.to_vec(),
            Self::Certificate => vec![CERTIFIED],
            Self::Disk => vec!["disk"],
        }
    }
}

impl Fault {
    /// Draws the target and the times of a fault of this kind.
    pub(super) fn draw(kind: FaultKind, latest_start: u64, random: &mut Random) -> Self {
        let names = kind.target().names();
        let target = names[random.below(names.len() as u64) as usize].to_owned();
        let (low, high) = kind.length();
        Self {
            kind,
            target,
            at_ms: random.below(latest_start),
            for_ms: random.between(low, high),
        }
    }

    /// Returns whether two faults of one round would undo each other: faults of one process or
    /// path, and faults that need the process of the stations.
    pub(super) fn conflicts_with(&self, other: &Self) -> bool {
        // No certificate can be written to a full disk.
        let disk = |kind: FaultKind| matches!(kind.target(), Target::Certificate | Target::Disk);
        self.target == other.target
            || (self.kind.needs_stations() && other.kind.needs_stations())
            || (disk(self.kind) && disk(other.kind))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, target, .. } = self;
        let (name, at, length) = (kind.name(), self.at_ms, self.for_ms);
        write!(f, "{name} {target} at {at}ms for {length}ms")
    }
}
