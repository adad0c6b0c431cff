// SPDX-License-Identifier: Apache-2.0

/// Where requests for an HTTP origin's documents may go. Pure.
struct OriginRules: Sendable {
    let origin: OriginURL
    /// `host` or `host:port`, beside the origin's own.
    var allowedHosts: [String] = []
    var allowsPrivateAddresses = false

    static let mostRedirects = 5

    /// - Throws: `failed` with the reason why a redirect is not followed.
    func check(redirect next: OriginURL, from previous: OriginURL) throws(ArchiveError) {
        guard previous.scheme == .http || next.scheme == .https else {
            throw .failed("\(previous.host) redirects from https to http")
        }
        let isAllowed =
            next.host == origin.host && next.port == origin.port
            || allowedHosts.contains { $0.lowercased() == next.host || $0.lowercased() == next.authority }
            // The same host, on the way to its encrypted side.
            || (next.host == origin.host && next.port == 443 && origin.port == 80)
        guard isAllowed else {
            throw .failed("\(previous.host) redirects to \(next.authority): allow it with --archive-allow-host")
        }
    }

    /// The addresses that may be connected to.
    /// - Throws: `refused` where there is none.
    func allowed(_ addresses: [NetworkAddress], of host: String) throws(ArchiveError) -> [NetworkAddress] {
        guard !allowsPrivateAddresses else { return addresses }
        let allowed = addresses.filter(\.isPublic)
        guard !allowed.isEmpty else {
            throw .refused(
                "\(host) is at \(addresses.first?.description ?? "no address"), which is not public: allow it with --archive-allow-private"
            )
        }
        return allowed
    }
}
