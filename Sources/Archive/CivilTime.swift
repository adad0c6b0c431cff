// SPDX-License-Identifier: Apache-2.0

/// The three ways in which archives write a time, in UTC. Pure.
enum CivilTime {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Seconds since 1970 of RFC 9110's `Sun, 06 Nov 1994 08:49:37 GMT`; nil for anything else.
    static func http(_ text: String) -> Double? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), let year = Int(parts[3]),
            let month = months.firstIndex(of: String(parts[2]))
        else { return nil }
        return seconds(year, month + 1, day, clock: parts[4])
    }

    /// Seconds since 1970 of RFC 3339's `2009-10-12T17:50:30.000Z`, also with an offset; nil for anything else.
    static func internet(_ text: String) -> Double? {
        guard let mark = text.firstIndex(where: { $0 == "T" || $0 == "t" }) else { return nil }
        let date = text[..<mark].split(separator: "-", omittingEmptySubsequences: false)
        var rest = text[text.index(after: mark)...]
        guard date.count == 3, let year = Int(date[0]), let month = Int(date[1]), let day = Int(date[2]) else {
            return nil
        }
        var offset = 0
        if rest.hasSuffix("Z") || rest.hasSuffix("z") {
            rest.removeLast()
        } else if let sign = rest.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let parts = rest[rest.index(after: sign)...].split(separator: ":")
            guard parts.count == 2, let hours = Int(parts[0]), let minutes = Int(parts[1]) else { return nil }
            offset = (hours * 3600 + minutes * 60) * (rest[sign] == "-" ? -1 : 1)
            rest = rest[..<sign]
        } else {
            return nil
        }
        return seconds(year, month, day, clock: rest).map { $0 - Double(offset) }
    }

    /// `20130524T000000Z`, as signatures have it.
    static func basic(_ seconds: Int) -> String {
        let days = Int((Double(seconds) / 86400).rounded(.down))
        let (year, month, day) = civil(days)
        let time = seconds - days * 86400
        return "\(year)\(two(month))\(two(day))T\(two(time / 3600))\(two(time / 60 % 60))\(two(time % 60))Z"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func seconds(_ year: Int, _ month: Int, _ day: Int, clock: Substring) -> Double? {
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let hour = Int(parts[0]), let minute = Int(parts[1]), let second = Double(parts[2]),
            (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day), (0...23).contains(hour),
            (0...59).contains(minute), (0..<61).contains(second)
        else { return nil }
        return Double(days(year, month, day) * 86400 + hour * 3600 + minute * 60) + second
    }

    // The two below: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", for years from 1.

    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let z = days + 719_468
        let era = z / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}
