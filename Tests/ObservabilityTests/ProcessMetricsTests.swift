// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Observability

struct ProcessMetricsTests {
    @Test("the process's own metrics are there and plausible")
    func values() throws {
        let text = try PrometheusText(MetricsRegistry().text)
        func value(_ name: String) throws -> Double { try #require(text.families[name]?.samples.first?.value) }
        #expect(try value("process_cpu_seconds_total") > 0)
        #expect(try value("process_resident_memory_bytes") > 1_048_576)
        #expect(try value("process_virtual_memory_bytes") > value("process_resident_memory_bytes"))
        #expect(try value("process_open_fds") >= 3)
        #expect(try value("process_open_fds") <= value("process_max_fds"))
        #expect(try value("process_threads") >= 1)
        let started = Date().timeIntervalSince1970 - (try value("process_start_time_seconds"))
        #expect((0...86_400).contains(started))
    }

    @Test("a program's name may hold parentheses and spaces")
    func name() throws {
        let fields = (3...52).map { "\($0)" }.joined(separator: " ")
        let status = try #require(ProcessStatus("1 (a) (b c)) \(fields)\n"))
        #expect(status.threads == 20 && status.startTicks == 22)
        #expect(status.virtualBytes == 23 && status.residentPages == 24)
        #expect(ProcessStatus("1 (a) R") == nil)
        #expect(ProcessStatus("") == nil)
    }
}
