//! Memory and processor time of a process, read from the files of Linux.

/// Returns the resident memory of a process in bytes; 0 if it is unknown.
#[must_use]
pub fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

/// Returns the processor time of a process in seconds; 0 if it is unknown.
#[must_use]
pub fn processor_time(process: u32) -> f64 {
    /// Ticks of a second in the files of Linux.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name of the program, in parentheses, may contain spaces.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let times = fields.split_whitespace().skip(11).take(2);
    let ticks = times.filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_resident_memory() {
        assert!(resident(std::process::id()) > 100 * 1024);
        assert_eq!(resident(u32::MAX), 0);
    }

    #[test]
    fn work_takes_processor_time() {
        let before = processor_time(std::process::id());
        let mut sum = 0_u64;
        while processor_time(std::process::id()) < before + 0.05 {
            sum = std::hint::black_box(sum + 1);
        }
        assert_eq!(processor_time(u32::MAX), 0.0);
    }
}
