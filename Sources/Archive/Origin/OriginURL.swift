// SPDX-License-Identifier: Apache-2.0

/// An absolute `http` or `https` address. Pure.
struct OriginURL: Equatable, CustomStringConvertible {
    enum Scheme: String {
        case http
        case https
    }

    let scheme: Scheme
    /// Lower case, an IPv6 address without its brackets.
    let host: String
    let port: Int
    /// Path and query, with the leading slash.
    let target: String

    private init(scheme: Scheme, host: String, port: Int, target: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.target = target
    }

    /// Nil for anything else, an address with a user's name among it.
    init?(_ text: some StringProtocol) {
        guard let mark = text.firstIndex(of: ":"), let scheme = Scheme(rawValue: text[..<mark].lowercased()),
            text[mark...].hasPrefix("://"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C })
        else { return nil }
        let rest = text[text.index(mark, offsetBy: 3)...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        guard let (host, port) = Self.authority(String(rest[..<end])) else { return nil }
        let target = rest[end...].prefix { $0 != "#" }
        self.init(
            scheme: scheme, host: host, port: port ?? (scheme == .http ? 80 : 443),
            target: target.hasPrefix("/") ? String(target) : "/" + target)
    }

    private static func authority(_ text: String) -> (host: String, port: Int?)? {
        var host = Substring(text)
        var port: Int?
        if let colon = text.lastIndex(of: ":"), text[colon...].firstIndex(of: "]") == nil {
            guard let number = Int(text[text.index(after: colon)...]), (1...65535).contains(number) else { return nil }
            port = number
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard NetworkAddress(String(host))?.bytes.count == 16 else { return nil }
        } else if host.contains(where: { "[]:@%".contains($0) }) {
            return nil
        }
        return host.isEmpty ? nil : (host.lowercased(), port)
    }

    /// `host:port`, always with the port.
    var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    var description: String {
        let isStandard = port == (scheme == .http ? 80 : 443)
        let shown = host.contains(":") ? "[\(host)]" : host
        return "\(scheme.rawValue)://\(shown)\(isStandard ? "" : ":\(port)")\(target)"
    }

    /// Another target at the same place.
    func with(target: String) -> OriginURL { OriginURL(scheme: scheme, host: host, port: port, target: target) }

    func isSameOrigin(as other: OriginURL) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// Where a `Location` leads from here (RFC 3986, section 5.2, but for dot segments: the server there resolves them).
    func following(_ location: String) -> OriginURL? {
        if location.contains("://") { return OriginURL(location) }
        if location.hasPrefix("//") { return OriginURL("\(scheme.rawValue):\(location)") }
        guard location.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }) else { return nil }
        let location = String(location.prefix { $0 != "#" })
        if location.hasPrefix("/") { return with(target: location) }
        let path = target.prefix { $0 != "?" }
        if location.isEmpty || location.hasPrefix("?") { return with(target: path + location) }
        return with(target: path[...(path.lastIndex(of: "/") ?? path.startIndex)] + location)
    }
}
