//! Starts and ends faults.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

use hecate_om::testing::NetworkPath;

use super::disk::Disk;
use super::watch::node_of;
use super::{World, clock, hostile};
use crate::history::Record;
use crate::plan::{Fault, FaultKind, Random, STATIONS, Target};

/// Time in which a process ends that was asked to: longer than any drain.
const END_LIMIT: Duration = Duration::from_secs(25);

/// Time between two signals of SIGTERM.
const BETWEEN_SIGNALS: Duration = Duration::from_millis(300);

/// Time in which a call arrives at its handler.
const HOLD: Duration = Duration::from_millis(500);

/// How often a station closes and opens again, and the time between.
const FLAPS: u32 = 5;
const BETWEEN_FLAPS: Duration = Duration::from_millis(700);

/// Time in which a process reads the offset of its clock again.
const CLOCK_READ: Duration = Duration::from_millis(1_500);

/// Datagrams that are sent to each station.
const GARBAGE: usize = 1_000;

/// Descriptors that a process may still open, when they are used up.
const SPARE_DESCRIPTORS: usize = 0;

/// A requirement of a fault.
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    /// Its name, and how to have it.
    pub name: &'static str,
    /// Whether it can be installed without root.
    pub installable: bool,
}

impl World {
    /// Starts a fault, and records it.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start_fault(&mut self, fault: &Fault) -> io::Result<()> {
        self.events.write(Record::Fault {
            fault: fault.kind.name().to_owned(),
            target: fault.target.clone(),
        });
        match fault.kind.target() {
            Target::Service => self.start_service_fault(fault),
            Target::Path => {
                self.start_path_fault(fault);
                Ok(())
            }
            Target::Clock => clock::set(&self.layout, &fault.target, Some(fault.kind)),
            Target::Certificate => {
                self.certificate.start(fault.kind);
                Ok(())
            }
            Target::Disk => self.disk.as_ref().map_or(Ok(()), Disk::fill),
            _ => self.start_other_fault(fault),
        }
    }

    /// Returns what this machine lacks for the fault.
    #[must_use]
    pub fn lacks(&self, fault: &Fault) -> Option<Requirement> {
        let requires = |name, installable| Some(Requirement { name, installable });
        match fault.kind.target() {
            Target::Clock if !clock::is_possible() => requires(
                "libfaketime; install it with `pip install libfaketime`",
                true,
            ),
            Target::Disk if self.disk.is_none() => requires("root, to mount a tmpfs", false),
            _ => None,
        }
    }

    fn start_service_fault(&mut self, fault: &Fault) -> io::Result<()> {
        if fault.kind == FaultKind::TermBusy {
            self.hold(&fault.target)?;
        }
        let Some(service) = self.services.get(&fault.target) else {
            return Err(io::Error::other(format!("no service {}", fault.target)));
        };
        let process = &service.process;
        match fault.kind {
            FaultKind::Kill => process.signal(&self.events, "KILL"),
            FaultKind::Term | FaultKind::TermBusy => process.signal(&self.events, "TERM"),
            FaultKind::TermTwice => {
                process.signal(&self.events, "TERM");
                std::thread::sleep(BETWEEN_SIGNALS);
                process.signal(&self.events, "TERM");
            }
            FaultKind::Stop => process.signal(&self.events, "STOP"),
            FaultKind::Stderr => process.block_log(true),
            FaultKind::Descriptors => {
                let open = std::fs::read_dir(format!("/proc/{}/fd", process.id()))?.count();
                limit_descriptors(process.id(), open + SPARE_DESCRIPTORS)?;
            }
            FaultKind::Flood => self.flood(&fault.target)?,
            FaultKind::Block => {
                let org = service.org.clone();
                for caller in self.callers.values_mut() {
                    // A caller that has ended blocks nobody.
                    let _ = caller
                        .process
                        .send(&format!("block {org} {}", fault.for_ms));
                    let _ = caller.process.line(Duration::from_secs(5));
                }
            }
            kind => return Err(io::Error::other(format!("{kind:?} is not of a service"))),
        }
        Ok(())
    }

    /// Returns the org and the node id of a service.
    fn provider(&self, name: &str) -> io::Result<(String, String)> {
        let service = &self.services[name];
        let node = node_of(&self.layout.history(&service.process.name()));
        let node = node.ok_or_else(|| io::Error::other(format!("no node of {name}")))?;
        Ok((service.org.clone(), node))
    }

    /// Has a service publish a flood of facts.
    fn flood(&mut self, name: &str) -> io::Result<()> {
        let (org, node) = self.provider(name)?;
        let command = format!("flood {org} {node}");
        let mut callers = self.callers.values_mut();
        // A caller that is stopped or has ended does not answer.
        callers.any(|caller| caller.command(&command, BETWEEN_SIGNALS).is_ok());
        Ok(())
    }

    /// Makes calls of a service that do not end by themselves, and waits until they run.
    fn hold(&mut self, name: &str) -> io::Result<()> {
        let (org, node) = self.provider(name)?;
        for caller in self.callers.values_mut() {
            // A caller that is stopped or has ended holds nothing.
            let _ = caller.command(&format!("hold {org} {node}"), BETWEEN_SIGNALS);
        }
        self.wait(HOLD);
        Ok(())
    }

    /// Closes and opens a station.
    fn flap(&mut self, station: &str) -> io::Result<()> {
        for _ in 0..FLAPS {
            self.stations.command(&format!("stop {station}"))?;
            self.wait(BETWEEN_FLAPS);
            self.stations.command(&format!("start {station}"))?;
            self.wait(BETWEEN_FLAPS);
        }
        Ok(())
    }

    fn start_path_fault(&self, fault: &Fault) {
        for path in &self.paths[&fault.target] {
            match fault.kind {
                FaultKind::Lose => path.lose(0.33),
                FaultKind::Delay => path.delay(Duration::from_millis(200)),
                FaultKind::Duplicate => path.duplicate(1.0),
                FaultKind::CutRequests => path.lose_to_station(1.0),
                FaultKind::CutReplies => path.lose_from_station(1.0),
                _ => path.cut(),
            }
        }
    }

    fn start_other_fault(&mut self, fault: &Fault) -> io::Result<()> {
        let target = &fault.target;
        match fault.kind {
            FaultKind::StopStations => self.stations.process.signal(&self.events, "STOP"),
            FaultKind::KillStations => self.stations.process.signal(&self.events, "KILL"),
            FaultKind::NewStationKeys => {
                self.stations.process.signal(&self.events, "KILL");
                self.stations.start_impostors()?;
            }
            FaultKind::CloseStation => drop(self.stations.command(&format!("stop {target}"))?),
            FaultKind::FlapStation => self.flap(target)?,
            FaultKind::MalformedFrames => self.send_malformed_frames(fault)?,
            FaultKind::Garbage => self.send_garbage(fault.for_ms)?,
            FaultKind::Revoke => {
                self.stations.command("admission refuse")?;
                self.stations.command(&format!("revoke {target}"))?;
            }
            FaultKind::Pending => drop(self.stations.command("admission pending")?),
            FaultKind::Refuse => drop(self.stations.command("admission refuse")?),
            FaultKind::StopCaller | FaultKind::KillCaller | FaultKind::Burst => {
                let caller = self.callers.get_mut(target);
                let caller =
                    caller.ok_or_else(|| io::Error::other(format!("no caller {target}")))?;
                match fault.kind {
                    FaultKind::StopCaller => caller.process.signal(&self.events, "STOP"),
                    FaultKind::KillCaller => caller.process.signal(&self.events, "KILL"),
                    _ => drop(caller.command("burst 300", Duration::from_secs(10))?),
                }
            }
            kind => return Err(io::Error::other(format!("{kind:?} has no start"))),
        }
        Ok(())
    }

    /// Sends datagrams that are no packets to the stations.
    fn send_garbage(&self, seed: u64) -> io::Result<()> {
        let mut random = Random::new(seed);
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        for station in STATIONS {
            let addr = self.stations.addr(station)?;
            for _ in 0..GARBAGE {
                let length = random.between(1, 1_400);
                let mut datagram: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
                if random.below(2) == 0 {
                    // The first byte of a packet with a long header.
                    datagram[0] |= 0xc0;
                }
                // A station that is closed receives nothing.
                let _ = socket.send_to(&datagram, addr);
            }
        }
        Ok(())
    }

    /// Attacks both stations for the length of the fault.
    fn send_malformed_frames(&self, fault: &Fault) -> io::Result<()> {
        let end = Instant::now() + Duration::from_millis(fault.for_ms);
        for (station, seed) in STATIONS.iter().zip(fault.for_ms..) {
            let target = self.stations.target(station)?;
            let attack = hostile::attack(target, Random::new(seed), end);
            self.runtime.spawn(attack);
        }
        Ok(())
    }

    /// Ends a fault, and records it.
    ///
    /// # Errors
    ///
    /// If what it stopped cannot be started again.
    pub fn end_fault(&mut self, fault: &Fault) -> io::Result<()> {
        let target = fault.target.as_str();
        match fault.kind {
            FaultKind::Kill | FaultKind::Term | FaultKind::TermBusy | FaultKind::TermTwice => {
                self.wait_for_end(target);
                self.start_service(target)?;
            }
            FaultKind::Stop => self.services[target].process.signal(&self.events, "CONT"),
            FaultKind::Stderr => self.services[target].process.block_log(false),
            FaultKind::Descriptors => {
                limit_descriptors(self.services[target].process.id(), 1_024)?;
            }
            FaultKind::StopCaller => self.callers[target].process.signal(&self.events, "CONT"),
            FaultKind::KillCaller => {
                self.reap();
                self.start_caller(target)?;
                if let Some(caller) = self.callers.get_mut(target) {
                    caller.resume();
                }
            }
            FaultKind::StopStations => self.stations.process.signal(&self.events, "CONT"),
            FaultKind::KillStations => self.stations.restart()?,
            FaultKind::NewStationKeys => {
                self.stations.process.signal(&self.events, "KILL");
                self.stations.restart()?;
            }
            FaultKind::CloseStation => drop(self.stations.command(&format!("start {target}"))?),
            FaultKind::Revoke | FaultKind::Pending | FaultKind::Refuse => {
                self.stations.command("admission grant")?;
            }
            FaultKind::Cut
            | FaultKind::Lose
            | FaultKind::Delay
            | FaultKind::Duplicate
            | FaultKind::CutRequests
            | FaultKind::CutReplies => self.paths[target].iter().for_each(NetworkPath::heal),
            FaultKind::ClockForward | FaultKind::ClockBack | FaultKind::ClockFar => {
                clock::set(&self.layout, target, None)?;
                self.wait(CLOCK_READ);
            }
            FaultKind::CertRenew | FaultKind::CertHalf | FaultKind::CertExpired => {
                self.certificate.renew();
            }
            FaultKind::FullDisk => self.disk.as_ref().map_or(Ok(()), Disk::free)?,
            FaultKind::Block
            | FaultKind::Burst
            | FaultKind::Flood
            | FaultKind::FlapStation
            | FaultKind::Garbage
            | FaultKind::MalformedFrames => {}
        }
        self.events.write(Record::Healed {
            fault: fault.kind.name().to_owned(),
            target: fault.target.clone(),
        });
        Ok(())
    }

    /// Waits until a service that was asked to end has ended, and kills it after that time.
    fn wait_for_end(&mut self, name: &str) {
        let end = Instant::now() + END_LIMIT;
        while let Some(service) = self.services.get_mut(name) {
            if service.reap(&self.events) {
                return;
            }
            if Instant::now() > end {
                service.process.signal(&self.events, "KILL");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Sets the soft limit of a process's descriptors.
fn limit_descriptors(process: u32, most: usize) -> io::Result<()> {
    let status = Command::new("prlimit")
        .args(["--pid", &process.to_string(), &format!("--nofile={most}:")])
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(
            "prlimit cannot set the limit of descriptors",
        ))
    }
}
