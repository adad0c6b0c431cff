// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the operating system says of this process, under the names that all Prometheus clients have for it. Read anew each
/// time; what cannot be read is left out.
enum ProcessMetrics {
    static func write(to text: inout Exposition) {
        write("process_cpu_seconds_total", .counter, cpuSeconds, &text)
        write("process_max_fds", .gauge, descriptorLimit, &text)
        write("process_open_fds", .gauge, openDescriptors, &text)
        let fields = ProcessStatus.read()
        write(
            "process_resident_memory_bytes", .gauge, fields.map { Double($0.residentPages * Int(getpagesize())) }, &text
        )
        write("process_start_time_seconds", .gauge, fields.flatMap(startTime), &text)
        write("process_threads", .gauge, fields.map { Double($0.threads) }, &text)
        write("process_virtual_memory_bytes", .gauge, fields.map { Double($0.virtualBytes) }, &text)
    }

    private static func write(_ name: String, _ kind: MetricKind, _ value: Double?, _ text: inout Exposition) {
        guard let value else { return }
        text.header(name, kind)
        text.line(name, "", Exposition.number(value))
    }

    private static var cpuSeconds: Double? {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return nil }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static var descriptorLimit: Double? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Double(limit.rlim_cur)
    }

    /// The one that reads the folder is not counted.
    private static var openDescriptors: Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = -1
        while let entry = readdir(folder) {
            if entry.pointee.d_name.0 != UInt8(ascii: ".") { count += 1 }
        }
        return Double(count)
    }

    /// When the machine started, by the difference of its two clocks, and how long after that the process did.
    private static func startTime(_ status: ProcessStatus) -> Double? {
        var (now, up) = (timespec(), timespec())
        guard clock_gettime(CLOCK_REALTIME, &now) == 0, clock_gettime(CLOCK_BOOTTIME, &up) == 0 else { return nil }
        let booted = Double(now.tv_sec - up.tv_sec) + Double(now.tv_nsec - up.tv_nsec) / 1e9
        let started = booted + Double(status.startTicks) / Double(sysconf(Int32(_SC_CLK_TCK)))
        // The two clocks drift apart by a little: hundredths are as exact as the kernel's ticks.
        return (started * 100).rounded() / 100
    }
}
