// SPDX-License-Identifier: Apache-2.0

/// Front doors, in the order in which a reader tries them. More than one stands for a name with several addresses: where a
/// connection cannot be made, the next is tried.
package struct LoadTarget: Sendable {
    package var doors: [(host: String, port: Int)]

    package init(doors: [(host: String, port: Int)]) { self.doors = doors }

    /// - Parameter urls: `http://host:port`.
    package init?(urls: [String]) {
        var doors: [(String, Int)] = []
        for url in urls {
            let text = url.hasPrefix("http://") ? url.dropFirst(7) : Substring(url)
            let address = text.prefix { $0 != "/" }
            guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...])
            else { return nil }
            doors.append((address[..<colon].filter { $0 != "[" && $0 != "]" }, port))
        }
        guard !doors.isEmpty else { return nil }
        self.doors = doors
    }
}
