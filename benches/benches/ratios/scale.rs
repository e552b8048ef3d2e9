//! Processor time of a realm: compares the model with real services, and prints its results for
//! larger realms.

use std::thread::sleep;
use std::time::Duration;

use hecate_om_benches::Table;
use hecate_om_benches::processor_time;
use hecate_om_benches::scale::{Cost, Costs, Load, RENEWED_AFTER, Realm, simulate};
use hecate_om_tests::{Service, Worker};
use tokio::runtime::Runtime;

use crate::world::{World, client};

const SEED: u64 = 1;
/// Services of the measurement of idle links.
const FEW: usize = 8;
/// Time of that measurement in seconds.
const IDLE: u64 = 20;
/// Number of operations of each other measurement.
const OPERATIONS: usize = 100;
const CALLS: usize = 2_000;
/// Services of the real realm.
const MANY: usize = 50;
/// Callers of the real realm, and the calls per second of each.
const CALLERS: usize = 4;
const CALLS_PER_SECOND: f64 = 20.0;
/// The model is right if it is wrong by at most this factor.
const TOLERANCE: f64 = 1.5;

/// Measures the costs, compares the model with real services, and prints the loads of realms of
/// 10,000 nodes.
pub(crate) fn scale(table: &mut Table, runtime: &Runtime) {
    if table.is_quick() {
        return;
    }
    let costs = measure_costs();
    print_costs(&costs);
    compare(table, runtime, &costs);
    println!(
        "{:<46} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "10,000 nodes, 100,000 capabilities",
        "station",
        "busiest",
        "node",
        "busiest",
        "links",
        "direct",
        "failed"
    );
    for (stations, calls_per_second) in [(100, 0.0), (10, 1.0), (30, 1.0), (100, 1.0), (100, 10.0)]
    {
        let realm = Realm {
            stations,
            providers: 10_000,
            capabilities: 100_000,
            callers: 10_000,
            called: 5,
            calls_per_second,
            seconds: 300,
        };
        print_load(&realm, &simulate(&realm, &costs, SEED));
    }
}

fn print_costs(costs: &Costs) {
    let row = |name: &str, Cost { node, station }: Cost| {
        let (node, station) = (node * 1e3, station * 1e3);
        println!("{name:<46} {node:>9.3} ms of the node, {station:.3} ms of the station");
    };
    row("a second of a link", costs.second);
    row("a link", costs.link);
    row("an advertisement", costs.advertisement);
    row("a lookup", costs.lookup);
    row("a call", costs.call);
    println!(
        "{:<46} {:>9.3} ms of the provider",
        "an answer",
        costs.answer * 1e3
    );
}

fn print_load(realm: &Realm, load: &Load) {
    println!(
        "{:<46} {:>7.1} % {:>7.1} % {:>7.2} % {:>7.1} % {:>9} {:>9} {:>7.1} %",
        format!(
            "{} stations, {} calls/s of each node",
            realm.stations, realm.calls_per_second
        ),
        load.stations * 100.0,
        load.busiest_station * 100.0,
        load.nodes * 100.0,
        load.busiest_node * 100.0,
        load.links_of_station,
        load.direct_links,
        load.failed as f64 * 100.0 / (load.calls + load.failed).max(1) as f64,
    );
}

/// Processor times of processes, of which only differences count.
struct Clock {
    ids: Vec<u32>,
    since: Vec<f64>,
}

impl Clock {
    fn start(ids: impl IntoIterator<Item = u32>) -> Self {
        let ids: Vec<_> = ids.into_iter().collect();
        let since = ids.iter().map(|id| processor_time(*id)).collect();
        Self { ids, since }
    }

    /// Returns the time of each process since the start.
    fn elapsed(&self) -> Vec<f64> {
        let now = self.ids.iter().map(|id| processor_time(*id));
        now.zip(&self.since)
            .map(|(now, since)| now - since)
            .collect()
    }
}

/// Starts `count` services of different orgs.
fn services(world: &World, count: usize) -> Vec<Service> {
    let start = |number: usize| {
        let folder = world.machine.path().join(format!("service-{number}"));
        let mut command = world.machine.service("hecate-echo");
        command
            .env("HECATE_ORG", org(number))
            .env("HECATE_SECRETS_DIR", &folder)
            .env("HECATE_STATE_DIR", &folder);
        Service::start(&mut command)
    };
    let services: Vec<_> = (0..count).map(start).collect();
    services.iter().for_each(Service::ready);
    services
}

/// Returns the org of a service.
pub(crate) fn org(number: usize) -> String {
    format!("scale{number}")
}

fn measure_costs() -> Costs {
    let second = {
        let world = World::start();
        let services = services(&world, FEW);
        let ids = services.iter().map(|service| service.process.id());
        let clock = Clock::start(std::iter::once(world.mesh_process()).chain(ids));
        sleep(Duration::from_secs(IDLE));
        let times = clock.elapsed();
        let each = (FEW as u64 * IDLE) as f64;
        Cost {
            node: times[1..].iter().sum::<f64>() / each,
            station: times[0] / each,
        }
    };

    let world = World::start();
    let echo = world.service("hecate-echo");
    let (mut ours, mut bare) = (world.ours(), world.bare("bare"));
    let measure = |worker: &mut Worker, command: &str, operations: usize| {
        let ids = [worker.id(), world.mesh_process(), echo.process.id()];
        let clock = Clock::start(ids);
        worker.ask(command);
        let times = clock.elapsed();
        <[f64; 3]>::try_from(times)
            .expect("three processes")
            .map(|time| time / operations as f64)
    };
    let each = CALLS / 8;
    measure(&mut ours, &format!("calls 8 {each} 64"), CALLS);
    let [node, station, answer] = measure(&mut ours, &format!("calls 8 {each} 64"), CALLS);
    let call = Cost { node, station };
    let [node, station, _] = measure(&mut bare, &format!("lookups {OPERATIONS}"), OPERATIONS);
    let lookup = Cost { node, station };
    let links = OPERATIONS / 5;
    // Each link also makes a call, and its node generates a key, which a further link of a node
    // does not: both ends of a handshake sign and verify as often.
    let [_, station, _] = measure(&mut ours, &format!("link {links}"), links);
    let time = station - call.station;
    let link = Cost {
        node: time,
        station: time,
    };
    ours.ask("serve 1");
    let serve = format!("serve {OPERATIONS}");
    let [node, station, _] = measure(&mut ours, &serve, OPERATIONS);
    Costs {
        second,
        link,
        advertisement: Cost { node, station },
        lookup,
        call,
        answer,
    }
}

/// Compares the processor times of real services, while each advertisement is renewed once, with
/// those of the model.
fn compare(table: &mut Table, runtime: &Runtime, costs: &Costs) {
    let world = World::start();
    let mut services = services(&world, MANY);
    // Each caller calls it once, when it is linked.
    services.push(world.service("hecate-echo"));
    let mut callers: Vec<_> = (0..CALLERS).map(|_| world.ours()).collect();
    let client = runtime.block_on(client(&world.state()));
    let advertised = runtime.block_on(client.mesh().advertised(Duration::from_secs(10)));
    let capabilities = advertised.expect("the station answers").len();
    runtime.block_on(client.close());

    let nodes = services.iter().map(|service| service.process.id());
    let nodes = nodes.chain(callers.iter().map(Worker::id));
    let clock = Clock::start(std::iter::once(world.mesh_process()).chain(nodes));
    let pause = (1e6 / CALLS_PER_SECOND) as u64;
    for caller in &mut callers {
        caller.tell(&format!("visit {MANY} {pause} {RENEWED_AFTER}"));
    }
    for caller in &mut callers {
        caller.line();
    }
    let measured = clock.elapsed();

    let realm = Realm {
        stations: 1,
        providers: services.len() + CALLERS,
        capabilities,
        callers: CALLERS,
        called: MANY,
        calls_per_second: CALLS_PER_SECOND,
        seconds: RENEWED_AFTER,
    };
    let load = simulate(&realm, costs, SEED);
    let seconds = RENEWED_AFTER as f64;
    table.model(
        &format!("station of {MANY} services (the model)"),
        measured[0] / seconds,
        load.stations,
        TOLERANCE,
    );
    table.model(
        "nodes on it (the model)",
        measured[1..].iter().sum::<f64>() / seconds,
        load.nodes * realm.nodes() as f64,
        TOLERANCE,
    );
}
